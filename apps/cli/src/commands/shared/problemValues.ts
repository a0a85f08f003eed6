/** The settings that a run of a problem would have, for the help of a command line that names a problem. */
import type { Command } from 'commander'
import { kebabCase } from '@spikeward/core'
import { problemDefaults } from '@spikeward/experiment/tuned'
import { asUsage, configOf, factories, findProblem, isExternal, isNetworkSize } from '@spikeward/experiment'
import type { TrainConfig, TrainOptions } from '@spikeward/experiment'
import { acceptedFlags } from './acceptedFlags.js'
import type { AcceptedFlags } from './acceptedFlags.js'
import { withDeclared } from './declaredFlags.js'
import { originOf } from './originOf.js'

/** Settings of a run of a problem as texts, by the names of options; those that the run leaves open are absent. */
export type ProblemValues = {
  readonly problem: string
  readonly values: Readonly<Record<string, string>>
  /** The declared flags that the factories of the run accept; null: any. */
  readonly flags: AcceptedFlags | null
  /** Where rates, steps and sizes come from. */
  readonly origin: string
}

/** Settings that only some networks and losses use; null is then no open setting. */
const isOfNetwork = (name: string): boolean =>
  isNetworkSize(name) || ['amplitude', 'spiking', 'loss', 'derivative', 'collocation', 'hard'].includes(name)

const textOf = (value: unknown): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : Array.isArray(value) ? value.join(',') : String(value)

/** The first word of a command line that names a problem of the packages, else one that names something of the user's and is no value of a flag. */
function problemIn(words: readonly string[]): string | null {
  const names = words.flatMap((word) => [word, word.replace(/^--problem=/, ''), kebabCase(word)])
  const known = names.find((name) => [factories.problem, problemDefaults].some((one) => Object.hasOwn(one, name)))
  const follows = (i: number): boolean => words[i - 1]?.startsWith('-') === true && words[i - 1] !== '--problem'
  const own = words.findIndex((word, i) => /^(--problem=|[^-])/.test(word) && isExternal(word) && !follows(i))
  return known ?? words[own]?.replace(/^--problem=/, '') ?? null
}

function valuesOf(config: TrainConfig): Readonly<Record<string, string>> {
  const declared = [
    config.problemOptions,
    config.networkOptions,
    config.neuronOptions,
    config.surrogateOptions,
    config.estimatorOptions,
    config.optimizerOptions,
  ].flatMap((options) => Object.entries(options))
  // `--hidden` sets the widths of every block that has none of its own.
  const blocks = config.hidden === null && config.branch !== null ? [['hidden', 'those of the blocks'] as const] : []
  const never = config.readoutSolve === null ? [['readoutSolve', 'never'] as const] : []
  const own = Object.entries(config)
    .filter(([name]) => !/Options$|^(problem|format)$/.test(name))
    .flatMap(([name, value]): (readonly [string, unknown])[] =>
      value !== null ? [[name, value]] : isOfNetwork(name) ? [[name, 'not used']] : [],
    )
  return Object.fromEntries([...declared, ...own, ...blocks, ...never].map(([name, value]) => [name, textOf(value)]))
}

/**
 * The settings of a run of the problem that the command line names, with the options that precede `--help`. Null if it names no
 * problem.
 *
 * @throws the usage errors of these options
 */
export async function problemValues(command: Command): Promise<ProblemValues | null> {
  const words = command.parent?.args ?? []
  const problem = problemIn(words)
  if (problem === null) return null
  const options = withDeclared(command.opts<TrainOptions>(), command)
  return asUsage(async () => {
    const config = await configOf(problem, options, { err: () => undefined })
    const origin = originOf(problem, await findProblem(problem), config, options)
    return { problem, values: valuesOf(config), flags: await acceptedFlags(config), origin }
  })
}
