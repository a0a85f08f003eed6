import { kebabCase } from '@spikeward/core'
import { regressionDefaults } from '@spikeward/problems/regression'
import type { ProblemDefaults } from '@spikeward/problems/regression'

/** Options of a factory by name, as text. Options that are absent have their defaults. */
export type OptionTexts = Readonly<Record<string, string>>

/** One estimator of the race, and its own settings. */
export type Contender = {
  readonly estimator: string
  readonly options: OptionTexts
  readonly optimizer: string
  readonly learningRate: number
}

/** Everything that a run depends on, as stored in the address of the page. Names are those of the declarations. */
export type Settings = {
  readonly problem: string
  readonly problemOptions: OptionTexts
  readonly neuron: string
  readonly neuronOptions: OptionTexts
  readonly surrogate: string
  readonly surrogateOptions: OptionTexts
  readonly hidden: readonly number[]
  readonly time: number
  /** Points of a step: training points, or points of an equation's residual. */
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

/** The entry of a name that an address may hold, such as `constructor`, which every object inherits. */
const ownEntry = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

/** Tuned settings of equations by the name of the command line: the worker sends them with its catalogue. */
export type Equations = Readonly<Record<string, ProblemDefaults>>

/** The tuned settings of an equation; undefined for a function of points, and before the worker has sent those of equations. */
export const tunedEquation = (problem: string, equations: Equations): ProblemDefaults | undefined =>
  ownEntry(equations, kebabCase(problem))

/** A contender with the tuned rate, optimiser and options of the command line. */
export function contenderFor(
  estimator: string,
  scope: string | null = null,
  base: ProblemDefaults = defaults,
): Contender {
  const { byEstimator } = base
  const tuned =
    ownEntry(byEstimator, `${estimator} ${scope ?? ''}`) ?? ownEntry(byEstimator, estimator) ?? byEstimator['other']!
  // All other tuned values are options of the estimator itself.
  const {
    learningRate,
    optimizer = base.optimizer,
    steps: _n,
    exactReadout: _e,
    readoutSolve: _s,
    readoutPenalty: _p,
    ...own
  } = tuned
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

const sizesOf = ({ networks, batch }: ProblemDefaults): Pick<Settings, 'hidden' | 'batch'> => ({
  hidden: networks['mlp']!.hidden!,
  batch,
})

/** The settings of a page without settings in its address. */
export const firstSettings: Settings = {
  problem: FIRST_PROBLEM,
  problemOptions: {},
  neuron: defaults.neuron,
  neuronOptions: { beta: String(defaults.beta), reset: defaults.reset },
  surrogate: defaults.surrogate,
  surrogateOptions: {},
  ...sizesOf(defaults),
  time: defaults.time,
  steps: 4000,
  schedule: defaults.schedule,
  key: 0,
  backend: AUTO,
  contenders: ['eligibility', 'activity', 'rfg', 'bp'].map((estimator) => contenderFor(estimator)),
}

/** The first settings of an equation: its tuned settings replace all others. */
function settingsOf(problem: string, base: ProblemDefaults): Settings {
  const { hidden = firstSettings.hidden, collocation = base.batch, time = base.time } = base.networks['pinn'] ?? {}
  const { byEstimator, estimator, neuron, beta, reset, surrogate, schedule } = base
  return {
    ...firstSettings,
    problem,
    ...{ neuron, neuronOptions: { beta: String(beta), reset }, surrogate, schedule, hidden, time },
    batch: collocation,
    steps: (ownEntry(byEstimator, estimator) ?? byEstimator['other']!).steps,
    contenders: [contenderFor(estimator, null, base)],
  }
}

/** The first settings of another problem, with its tuned network and batch. For an equation, all tuned settings. */
export function settingsFor(problem: string, equations: Equations = {}): Settings {
  const equation = tunedEquation(problem, equations)
  if (equation !== undefined) return settingsOf(problem, equation)
  const tuned = ownEntry(regressionDefaults, kebabCase(problem))
  return { ...firstSettings, problem, ...(tuned?.networks['mlp'] === undefined ? {} : sizesOf(tuned)) }
}

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
