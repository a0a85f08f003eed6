/** The settings that a run of a problem would have, for the help of a command line that names a problem. */
import {
  asUsage,
  chosenFactories,
  configOf,
  factories,
  findNetwork,
  findProblem,
  flagKinds,
  flagOf,
  flagOptions,
  innermost,
  isExternal,
  isFile,
  isNetworkSize,
  isNirNetwork,
  networkLeaf,
  tunedForEstimator,
  tunedForNetwork,
} from '@spikeward/experiment'
import type { FlagKind, ProblemChoice, TrainConfig, TrainOptions } from '@spikeward/experiment'
import { gridNetwork, problemDefaults, untunedDefaults } from '@spikeward/experiment/tuned'
import type { Command } from 'commander'
import { kebabCase } from '@spikeward/core'
import { withDeclared } from './declaredFlags.js'

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

/**
 * The first word of a command line that names a problem of the packages, else one that names something of the user's
 * and is no value of a flag.
 */
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
 * The settings of a run of the problem that the command line names, with the options that precede `--help`. Null if it
 * names no problem.
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

/** Flags with the kinds of the factories that accept them. One of two kinds is refused, and written in parentheses. */
export type AcceptedFlags = ReadonlyMap<string, readonly FlagKind[]>

/**
 * The flags that the factories of a run accept, with the kinds of these factories; null if one of them, of a package,
 * has no declaration: it may accept any.
 */
export async function acceptedFlags(config: TrainConfig): Promise<AcceptedFlags | null> {
  const chosen = await chosenFactories(config, await findProblem(config.problem), await findNetwork(config.network))
  const kinds = new Map<string, readonly FlagKind[]>()
  for (const kind of flagKinds) {
    for (const { factory } of chosen[kind].factories) {
      if (factory === null) return null
      for (const [option] of flagOptions(factory)) {
        const before = kinds.get(flagOf(option)) ?? []
        if (!before.includes(kind)) kinds.set(flagOf(option), [...before, kind])
      }
    }
  }
  return kinds
}

/**
 * Whether rates, steps and sizes were tuned for a problem: sizes for each network, rates and steps for each estimator.
 */
export function originOf(
  problem: string,
  { kind, defaults, isTuned }: Pick<ProblemChoice, 'kind' | 'defaults' | 'isTuned'>,
  config: Pick<TrainConfig, 'network' | 'estimator'>,
  options: Pick<TrainOptions, 'loss' | 'spiking' | 'declared'>,
): string {
  if (isFile(problem)) return 'short trials on your data choose those that are not given'
  if (!isTuned) return 'rates, steps and sizes are generic: none is tuned for this problem'
  const generic = untunedDefaults[kind]
  const { name } = networkLeaf(config.network)
  const estimator = innermost(config.estimator)
  const { settings, isNamed } = tunedForEstimator(
    defaults,
    tunedForNetwork(defaults, name, options),
    config.estimator,
    options,
  )
  const untuned = [...Object.values(generic.byEstimator), ...Object.values(gridNetwork.byEstimator)]
  const ratesAre = isNamed && !untuned.includes(settings)
  const rates = ratesAre ? 'tuned for this problem' : `generic for ${estimator}`
  if (isNirNetwork(config.network)) return `rates and steps are ${rates}, sizes are those of the file`
  const sizesAre = defaults.networks !== generic.networks && Object.hasOwn(defaults.networks, name)
  if (ratesAre && sizesAre) return 'rates, steps and sizes are tuned for this problem'
  if (!ratesAre && !sizesAre) return `rates, steps and sizes are generic for ${name} and ${estimator}`
  return `sizes are ${sizesAre ? 'tuned for this problem' : `generic for ${name}`}, rates and steps are ${rates}`
}
