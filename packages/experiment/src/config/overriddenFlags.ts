import { networkLeaf } from '../catalogue/kinds/nirNetworks.js'
import { leafOf } from '../catalogue/make.js'
import { withOptions } from '../catalogue/notation/withOptions.js'
import { flagOf } from '../catalogue/optionValues.js'
import type { OptionValue, OptionValues } from '../catalogue/optionValues.js'
import { flagKinds } from './declaredValues.js'
import type { Chosen, FlagKind } from './declaredValues.js'

export type OverriddenFlag = { readonly kind: FlagKind; readonly flag: string }

/** Whether everything in a text that accepts a flag sets its option. Problems and networks contain nothing, and have names of their own. */
function isSet(kind: FlagKind, { text, factories }: Chosen[FlagKind], flag: string, value: OptionValue): boolean {
  const leaf = kind === 'problem' ? leafOf(kind, text) : kind === 'network' ? networkLeaf(text) : null
  if (leaf !== null) return Object.keys(leaf.options).some((option) => flagOf(option) === flag)
  return withOptions(kind, text, factories, { [flag]: value }) === text
}

/**
 * The flags of the command line that change nothing, because everything that accepts them sets the option in its parentheses:
 * `--beta 0.7` next to `lif(beta=0.8)`.
 *
 * @param given values by flag, of the command line
 * @param dealt values by flag for each kind, as its factories accept them
 */
export const overriddenFlags = (
  chosen: Chosen,
  given: OptionValues,
  dealt: Readonly<Record<FlagKind, OptionValues>>,
): readonly OverriddenFlag[] =>
  flagKinds.flatMap((kind) => {
    // A factory without a declaration may use any flag.
    if (chosen[kind].factories.some(({ factory }) => factory === null)) return []
    return Object.entries(dealt[kind])
      .filter(([flag, value]) => Object.hasOwn(given, flag) && isSet(kind, chosen[kind], flag, value))
      .map(([flag]) => ({ kind, flag }))
  })
