import type { ProblemDefaults } from './problemDefaults.js'
import { points, pointsByEstimator } from './untuned.js'

/** The Mexican hat, on which the rates of all functions of points were tuned. */
const hat: ProblemDefaults = {
  ...points,
  networks: { mlp: { hidden: [100] } },
  estimator: 'rfg',
  batch: 256,
  byEstimator: pointsByEstimator(16_000),
}

/** Tuned settings of the functions of points. */
export const regressionDefaults: Readonly<Record<string, ProblemDefaults>> = {
  'mexican-hat': hat,
  // A quarter of the steps of the Mexican hat; `rfg` takes twice the rate and half the steps, or its hidden layers do not improve.
  parabola: {
    ...hat,
    networks: { mlp: { hidden: [50] } },
    batch: 100,
    byEstimator: { ...pointsByEstimator(4000), rfg: { directions: 8, learningRate: 4e-3, steps: 8000 } },
  },
  // Its settings are those of the Mexican hat; `rfg` ends above the untrained network here.
  ripple: { ...hat, estimator: 'eligibility' },
}

const solving = { learningRate: 2e-3, readoutSolve: 20, steps: 2000 }

/** A table of points from a file: a trial on the validation rows chooses the estimator. */
export const tableDefaults: ProblemDefaults = {
  ...hat,
  batch: 128,
  byEstimator: {
    rfg: { directions: 8, ...solving },
    'rfg layerwise': { directions: 4, ...solving },
    eligibility: { directions: 1, learningRate: 3e-2, steps: 1250 },
    gaussNewton: { optimizer: 'sgd', adapt: false, learningRate: 0.5, steps: 400 },
    bp: { learningRate: 3e-2, steps: 1250 },
    exactForward: { learningRate: 1e-2, steps: 100 },
    other: solving,
  },
  candidates: ['rfg', 'eligibility', 'gaussNewton'],
  deepCandidates: ['rateBackpropagation'],
}

/** Sequences from a file, learned by recurrent layers with traces. */
export const sequenceDefaults: ProblemDefaults = {
  ...points,
  network: 'recurrent',
  networks: {
    recurrent: { hidden: [64] },
    gru: { hidden: [32], estimator: 'bp' },
    lstm: { hidden: [32], estimator: 'bp' },
  },
  estimator: 'realTimeRecurrent',
  neuron: 'lif',
  beta: 0.9,
  time: 1,
  batch: 32,
  byEstimator: {
    rfg: { directions: 16, learningRate: 1e-3, steps: 2000 },
    realTimeRecurrent: { learningRate: 5e-3, steps: 1000 },
    eProp: { learningRate: 5e-3, steps: 1000 },
    bp: { learningRate: 5e-3, steps: 1000 },
    other: { learningRate: 1e-3, steps: 1000 },
  },
}
