import { problemDefaults } from '@spikeward/problems/defaults'
import type { EstimatorDefaults, NetworkDefaults, ProblemDefaults } from '@spikeward/problems/defaults'
import { runSettings } from './settings/runSettings.js'
import type { OptionValues } from '../catalogue/optionValues.js'

/** The tuned options that an estimator declares itself; the other tuned values are settings of the run. */
export const estimatorOptions = (tuned: EstimatorDefaults): OptionValues =>
  Object.fromEntries(Object.entries(tuned).filter(([name]) => !Object.hasOwn(runSettings, name)))

/**
 * The values of options that are tuned for a problem, by flag.
 *
 * @param ownNeuron whether the run has the tuned neuron model
 */
export const tunedOptions = (
  base: ProblemDefaults,
  ownNeuron: boolean,
  tuned: EstimatorDefaults,
  { options = {} }: NetworkDefaults,
) => ({
  // The tuned reset belongs to the tuned neuron; another model has its own reset.
  neuron: { beta: base.beta, ...(ownNeuron ? { reset: base.reset } : {}) },
  estimator: estimatorOptions(tuned),
  network: options,
})

/** Flags for which some problem has a tuned value, which replaces the declared default. */
export const tunedFlags: ReadonlySet<string> = new Set(
  Object.values(problemDefaults).flatMap((base) =>
    [{}, ...Object.values(base.networks).flatMap((n) => [n, n.dense ?? {}])].flatMap((network: NetworkDefaults) =>
      Object.values(network.byEstimator ?? base.byEstimator)
        .flatMap((tuned) => Object.values(tunedOptions(base, true, tuned, network)))
        .flatMap((of) => Object.keys(of)),
    ),
  ),
)
