import type { Surrogate } from '@spikeward/core'
import { guard } from '../../plugins/guard.js'
import { makeNamed } from '../make.js'
import type { OptionValues } from '../optionValues.js'

/**
 * The surrogate of a name: `atan`, `atan(alpha=4)`, `package#name`. An option in parentheses overrides a flag.
 *
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_USAGE, CLI_PACKAGE, CLI_PLUGIN; those of the factories
 */
export async function makeSurrogate(text: string, values: OptionValues = {}): Promise<Surrogate> {
  const { made, named } = await makeNamed('surrogate', text, values)
  return named.plugin === null ? (made as Surrogate) : guard('surrogate', named.plugin, made)
}
