import { isNirNetwork } from '../catalogue/kinds/nirNetworks.js'
import { withOptions } from '../catalogue/notation/withOptions.js'
import type { OptionValues } from '../catalogue/optionValues.js'
import { flagKinds } from './declaredValues.js'
import type { Chosen, FlagKind } from './declaredValues.js'

/** A flag that changes nothing, and the kind of thing that sets the option in its parentheses. */
export type OverriddenFlag = { readonly kind: FlagKind; readonly flag: string }

/**
 * The flags of the command line that change nothing, because everything that accepts them sets the option in its parentheses:
 * `--beta 0.7` next to `lif(beta=0.8)`.
 *
 * @param given values by flag, of the command line
 * @param dealt values by flag for each kind, as its things accept them
 */
export const overriddenFlags = (
  chosen: Chosen,
  given: OptionValues,
  dealt: Readonly<Record<FlagKind, OptionValues>>,
): readonly OverriddenFlag[] =>
  flagKinds.flatMap((kind) => {
    const { text, things } = chosen[kind]
    // A path.
    if (kind === 'network' && isNirNetwork(text)) return []
    // A factory without a declaration may use any flag.
    if (things.some(({ factory }) => factory === null)) return []
    return Object.entries(dealt[kind])
      .filter(
        ([flag, value]) => Object.hasOwn(given, flag) && withOptions(kind, text, things, { [flag]: value }) === text,
      )
      .map(([flag]) => ({ kind, flag }))
  })
