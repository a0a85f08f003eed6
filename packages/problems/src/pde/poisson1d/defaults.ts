import { operatorByEstimator } from '../../defaults/operatorByEstimator.js'
import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  rfg: { directions: 8, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  'rfg layerwise': { directions: 2, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  multiTangent: { directions: 8, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  activity: { directions: 1, learningRate: 1e-3, readoutSolve: 50, steps: 1000 },
  eligibility: { directions: 1, learningRate: 2e-3, readoutSolve: 50, steps: 1000 },
  spsa: { directions: 1, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  mezo: { directions: 1, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  bp: { learningRate: 3e-3, steps: 6000 },
  exactForward: { learningRate: 3e-3, steps: 20 },
  other: { learningRate: 5e-4, readoutSolve: 20, steps: 600 },
}

const seponetByEstimator: ByEstimator = {
  rfg: operatorByEstimator.rfg,
  'rfg layerwise': operatorByEstimator['rfg layerwise'],
  multiTangent: operatorByEstimator.multiTangent,
  activity: operatorByEstimator.activity,
  eligibility: { directions: 1, learningRate: 3e-3, readoutSolve: 300, steps: 3000 },
  spsa: operatorByEstimator.spsa,
  mezo: operatorByEstimator.mezo,
  bp: operatorByEstimator.bp,
  exactForward: operatorByEstimator.exactForward,
  other: operatorByEstimator.other,
}

/**
 * −u″ = f on [−1, 1]. The operator is linear, so the amplitude is divided out. `eligibility` computes the gradient of
 * `bp`, so it has the same rate. Random directions change the hidden layers little compared with the readout solve, and
 * a higher rate only increases the error.
 */
export const poisson1dDefaults: ProblemDefaults = {
  network: 'deeponet',
  networks: {
    deeponet: { branch: [100], trunk: [50], features: 20, estimator: 'eligibility' },
    seponet: {
      branch: [100],
      trunk: [50],
      features: 20,
      rank: 1,
      estimator: 'eligibility',
      byEstimator: seponetByEstimator,
    },
  },
  time: 32,
  neuron: 'lif',
  beta: 1,
  surrogate: 'atan',
  reset: 'subtract',
  estimator: 'rfg',
  optimizer: 'adam',
  schedule: 'cosine',
  batch: 128,
  byEstimator,
  amplitude: 'divide',
}
