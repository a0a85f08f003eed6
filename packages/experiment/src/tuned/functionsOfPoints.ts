import type { ProblemDefaults } from './problemDefaults.js'
import { at, points, pointsByEstimator, single } from './untuned.js'

/** The Mexican hat, on which the rates of all functions of points were tuned. */
const hat: ProblemDefaults = {
  ...{ ...points, networks: { mlp: { hidden: [100] } }, estimator: 'rfg', batch: 256 },
  byEstimator: pointsByEstimator(16_000),
}

/** Tuned settings of the functions of points. */
export const regressionDefaults: Readonly<Record<string, ProblemDefaults>> = {
  'mexican-hat': hat,
  // A quarter of the steps of the Mexican hat; `rfg` takes twice the rate and half the steps, or its hidden layers do
  // not improve.
  parabola: {
    ...{ ...hat, networks: { mlp: { hidden: [50] } }, batch: 100 },
    byEstimator: { ...pointsByEstimator(4000), rfg: { directions: 8, ...at(4e-3, 8000) } },
  },
  // Its settings are those of the Mexican hat; `rfg` ends above the untrained network here.
  ripple: { ...hat, estimator: 'eligibility' },
}

const solving = at(2e-3, 2000, 20)

/** A table of points from a file: a trial on the validation rows chooses the estimator and the neurons. */
export const tableDefaults: ProblemDefaults = {
  ...{ ...hat, batch: 128 },
  byEstimator: {
    rfg: { directions: 8, ...solving },
    'rfg layerwise': { directions: 4, ...solving },
    eligibility: single(at(2e-2, 20_000)),
    gaussNewton: { optimizer: 'sgd', adapt: false, ...at(0.5, 400) },
    ...{ bp: at(3e-2, 1250), exactForward: at(1e-2, 100), other: solving },
  },
  candidates: ['rfg', 'eligibility', 'gaussNewton'],
  deepCandidates: ['rateBackpropagation'],
  // Units whose spikes carry tanh of their current, as those of a dense network do.
  candidateNeurons: ['variable(signed=true,activation=tanh,reset=none,threshold=0.1)'],
}

const traced = at(5e-3, 1000)

/** Sequences from a file, learned by recurrent layers with traces. */
export const sequenceDefaults: ProblemDefaults = {
  ...{ ...points, network: 'recurrent', estimator: 'realTimeRecurrent', neuron: 'lif', beta: 0.9, time: 1, batch: 32 },
  networks: {
    recurrent: { hidden: [64] },
    mlp: { hidden: [64], estimator: 'eligibility' },
    ...{ gru: { hidden: [32], estimator: 'bp' }, lstm: { hidden: [32], estimator: 'bp' } },
  },
  byEstimator: {
    rfg: { directions: 16, ...at(1e-3, 2000) },
    ...{ realTimeRecurrent: traced, eProp: traced, bp: traced, other: at(1e-3, 1000) },
  },
}
