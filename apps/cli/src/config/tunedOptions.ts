import { problemDefaults } from '@spikeward/problems/defaults'
import type { EstimatorDefaults, ProblemDefaults } from '@spikeward/problems/defaults'
import type { OptionValues } from '../catalogue/optionValues.js'

/** The tuned options that an estimator declares itself; the other tuned values are settings of the run. */
export function estimatorOptions({
  learningRate: _,
  optimizer: _o,
  exactReadout: _e,
  readoutSolve: _s,
  readoutPenalty: _p,
  steps: _n,
  ...own
}: EstimatorDefaults): OptionValues {
  return own
}

/** The values of options that are tuned for a problem, by flag. */
export const tunedOptions = (base: ProblemDefaults, neuron: string, tuned: EstimatorDefaults) => ({
  // The tuned reset belongs to the tuned neuron; another model has its own reset.
  neuron: { beta: base.beta, ...(neuron === base.neuron ? { reset: base.reset } : {}) },
  estimator: estimatorOptions(tuned),
})

/** Flags for which some problem has a tuned value, which replaces the declared default. */
export const tunedFlags: ReadonlySet<string> = new Set(
  Object.values(problemDefaults).flatMap((base) =>
    [base.byEstimator, ...Object.values(base.networks).map(({ byEstimator = {} }) => byEstimator)]
      .flatMap((byEstimator) => Object.values(byEstimator))
      .flatMap((tuned) => Object.values(tunedOptions(base, base.neuron, tuned)).flatMap((of) => Object.keys(of))),
  ),
)
