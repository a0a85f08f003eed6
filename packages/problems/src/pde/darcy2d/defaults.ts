import { operatorByEstimator } from '../../defaults/operatorByEstimator.js'
import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  rfg: { directions: 8, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  activity: operatorByEstimator.activity,
  eligibility: { directions: 1, learningRate: 1e-3, readoutSolve: 200, steps: 1000 },
  bp: { learningRate: 1e-3, readoutSolve: 200, steps: 1000 },
  exactForward: operatorByEstimator.exactForward,
  other: operatorByEstimator.other,
}

const denseByEstimator: ByEstimator = {
  rfg: { directions: 8, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  activity: operatorByEstimator.activity,
  eligibility: { directions: 1, learningRate: 3e-4, readoutSolve: 50, readoutPenalty: 1e-2, steps: 200 },
  bp: { learningRate: 3e-4, readoutSolve: 50, readoutPenalty: 1e-2, steps: 200 },
  exactForward: operatorByEstimator.exactForward,
  other: operatorByEstimator.other,
}

/**
 * −∇·(a ∇u) = 1. The trunk is a basis of the training solutions, so only the branch learns. A dense branch of the sensor values interpolated
 * the training functions. One of their principal components is wide, and its readout, solved with a large penalty, does nearly all of the work.
 * Only `eligibility` was tried.
 */
export const darcy2dDefaults: ProblemDefaults = {
  network: 'pod-deeponet',
  networks: {
    'pod-deeponet': {
      branch: [200],
      estimator: 'eligibility',
      features: 100,
      spiking: 'branch',
      dense: { branch: [1000], options: { components: 80 }, byEstimator: denseByEstimator },
    },
  },
  time: 32,
  neuron: 'lif',
  beta: 1,
  surrogate: 'atan',
  reset: 'subtract',
  estimator: 'eligibility',
  optimizer: 'adam',
  schedule: 'cosine',
  batch: 32,
  byEstimator,
  amplitude: 'none',
}
