import { kebabCase } from '@spikeward/core'
import { type EstimatorDefaults, type ProblemDefaults, regressionDefaults } from '@spikeward/experiment/tuned'
import { type Tuned, nothingTuned, ownEntry, tunedFor, tunedOperator } from './tuned.js'

/** Options of a factory by name, as text. Options that are absent have their defaults. */
export type OptionTexts = Readonly<Record<string, string>>

/** One estimator of the race, and its own settings. */
export type Contender = {
  readonly estimator: string
  readonly options: OptionTexts
  readonly optimizer: string
  readonly learningRate: number
}

/**
 * The choices of a run, as stored in the address of the page. Names are those of the declarations. The rest follows
 * from the tuned settings of the problem: of an equation `EquationPart`, of an operator `OperatorPart` and the solves
 * of its readout.
 */
export type Settings = {
  readonly problem: string
  readonly problemOptions: OptionTexts
  readonly neuron: string
  readonly neuronOptions: OptionTexts
  readonly surrogate: string
  readonly surrogateOptions: OptionTexts
  /** Of an operator, another network than the tuned one; null: that one. */
  readonly network: string | null
  /** Of an operator, the widths of its branch. */
  readonly hidden: readonly number[]
  readonly time: number
  /**
   * Points of a step: training points, or points of an equation's residual. Of an operator, input functions of a step.
   */
  readonly batch: number
  readonly steps: number
  readonly schedule: string
  readonly key: number
  /** The backend that trains; `auto` takes the fastest. */
  readonly backend: string
  readonly contenders: readonly Contender[]
}

/** The name that stands for the fastest backend. */
export const AUTO = 'auto'

/** The largest number of estimators in a race. */
export const MAX_CONTENDERS = 4

const FIRST_PROBLEM = 'mexicanHat'

const defaults = regressionDefaults[kebabCase(FIRST_PROBLEM)]!

/** The tuned settings of an estimator. */
export const tunedEstimator = (
  { byEstimator }: Pick<ProblemDefaults, 'byEstimator'>,
  estimator: string,
  scope: string | null = null,
): EstimatorDefaults =>
  ownEntry(byEstimator, `${estimator} ${scope ?? ''}`) ?? ownEntry(byEstimator, estimator) ?? byEstimator['other']!

/** A contender with the tuned rate, optimiser and options of the command line. */
export function contenderFor(
  estimator: string,
  scope: string | null = null,
  base: ProblemDefaults = defaults,
): Contender {
  // All other tuned values are options of the estimator itself.
  const {
    learningRate,
    optimizer = base.optimizer,
    steps: _n,
    exactReadout: _e,
    readoutSolve: _s,
    readoutPenalty: _p,
    ...own
  } = tunedEstimator(base, estimator, scope)
  return {
    estimator,
    options: {
      ...(scope === null ? {} : { scope }),
      ...Object.fromEntries(Object.entries(own).map(([name, value]) => [name, String(value)])),
    },
    optimizer,
    learningRate,
  }
}

/** The settings of a page without settings in its address. */
export const firstSettings: Settings = {
  problem: FIRST_PROBLEM,
  problemOptions: {},
  neuron: defaults.neuron,
  neuronOptions: { beta: String(defaults.beta), reset: defaults.reset },
  surrogate: defaults.surrogate,
  surrogateOptions: {},
  network: null,
  hidden: defaults.networks['mlp']!.hidden!,
  batch: defaults.batch,
  time: defaults.time,
  steps: 4000,
  schedule: defaults.schedule,
  key: 0,
  backend: AUTO,
  contenders: ['eligibility', 'activity', 'rfg', 'bp'].map((estimator) => contenderFor(estimator)),
}

/** Functions of an operator in a page, which has less time to solve for them than a command. */
const FEW = { train: '64', validation: '8', test: '8' } as const

/**
 * The first settings of another problem, with its tuned network, or another one that has settings there, and batch.
 * For an equation or an operator, all tuned settings.
 */
export function settingsFor(problem: string, tuned: Tuned = nothingTuned, other: string | null = null): Settings {
  const base = tunedFor(problem, tuned, other)
  if (base === undefined) {
    const { networks, batch } = ownEntry(regressionDefaults, kebabCase(problem)) ?? {}
    const hidden = networks?.['mlp']?.hidden
    return { ...firstSettings, problem, ...(hidden && batch && { hidden, batch }) }
  }
  const { estimator, neuron, beta, reset, surrogate, schedule, network } = base
  const { hidden, branch, collocation, time = base.time, batch = base.batch } = base.networks[network] ?? {}
  const isOperator = tunedOperator(problem, tuned) !== undefined
  return {
    ...firstSettings,
    ...{ problem, problemOptions: isOperator ? FEW : {}, network: network === other ? other : null },
    ...{ neuron, neuronOptions: { beta: String(beta), reset }, surrogate, schedule, time },
    hidden: (isOperator ? branch : hidden) ?? firstSettings.hidden,
    batch: isOperator ? Math.min(batch, Number(FEW.train)) : (collocation ?? base.batch),
    steps: tunedEstimator(base, estimator).steps,
    contenders: [contenderFor(estimator, null, base)],
  }
}

/** The number that a field holds; NaN if it is empty. */
export const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))

/** A short name of a contender, such as `rfg · 8`. */
export function contenderLabel({ estimator, options }: Contender): string {
  const directions = Number(options['directions'] ?? 1)
  const parts = [
    estimator,
    options['scope'] === 'layerwise' ? 'by layer' : null,
    directions > 1 ? String(directions) : null,
  ]
  return parts.filter((part) => part !== null).join(' · ')
}
