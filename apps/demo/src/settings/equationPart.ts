import type { ProblemDefaults } from '@spikeward/problems/regression'
import type { OptionTexts } from './settings.js'

/** A name with options as text, such as `stencil(accuracy=4)`. */
export type Named = { readonly name: string; readonly options: OptionTexts }

/** How an equation becomes a loss, and the options of its network. */
export type EquationPart = {
  readonly derivative: Named
  /** Refinements of the points and weights of the residual. */
  readonly refine: readonly Named[]
  readonly network: OptionTexts
}

/** The names in a tuned setting: `rad(every=5), causal` are two. Their options are numbers and words. */
function namesIn(text: string): Named[] {
  return [...text.matchAll(/([\w-]+)(?:\(([^)]*)\))?/g)].map(([, name = '', options = '']) => ({
    name,
    options: Object.fromEntries(
      options.split(',').flatMap((pair) => {
        const [option = '', value = ''] = pair.split('=').map((part) => part.trim())
        return option === '' ? [] : [[option, value] as const]
      }),
    ),
  }))
}

/** The part of an equation's tuned settings that is not in the settings of the page. */
export function equationPart({ networks }: ProblemDefaults): EquationPart {
  const { derivative = 'stencil', refine = '', options = {} } = networks['pinn'] ?? {}
  return {
    derivative: namesIn(derivative)[0]!,
    refine: namesIn(refine),
    network: Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)])),
  }
}
