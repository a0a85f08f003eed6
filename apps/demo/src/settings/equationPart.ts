import { SpikewardError } from '@spikeward/core'
import type { ProblemDefaults } from '@spikeward/experiment/tuned'
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

/** An option, whose value is a number, several as `0.003:0.01`, or a word. */
const OPTION = /^([\w-]+)=([^\s=()[\]]+)$/

/**
 * The names in a tuned setting: `rad(every=5), causal` are two.
 *
 * @throws DEMO_NOTATION if an option is a list or a name with options, which the command reads and the page does not
 */
export function namesIn(text: string): Named[] {
  const fail = (rest: string): never => {
    throw new SpikewardError(
      'DEMO_NOTATION',
      `the page cannot read "${rest}" in the tuned setting "${text}"; write names with options that are numbers or words`,
    )
  }
  const found: Named[] = []
  let rest = text.trim()
  while (rest !== '') {
    const [whole, name = '', options = ''] = /^([\w-]+)(?:\(([^()]*)\))?(?:\s*,\s*(?=\S)|$)/.exec(rest) ?? fail(rest)
    const pairs = options.split(',').map((pair) => pair.trim())
    found.push({
      name,
      options: Object.fromEntries(
        pairs.flatMap((pair) => {
          if (pair === '' && pairs.length === 1) return []
          const [, option = '', value = ''] = OPTION.exec(pair) ?? fail(pair)
          return [[option, value] as const]
        }),
      ),
    })
    rest = rest.slice(whole.length)
  }
  return found
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
