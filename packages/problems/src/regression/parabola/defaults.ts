import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  rfg: { directions: 8, learningRate: 4e-3, steps: 8000 },
  'rfg layerwise': { directions: 4, learningRate: 2e-3, steps: 4000 },
  multiTangent: { directions: 8, learningRate: 2e-3, steps: 4000 },
  activity: { directions: 1, learningRate: 1e-2, readoutSolve: 20, steps: 4000 },
  eligibility: { directions: 1, learningRate: 3e-2, steps: 1250 },
  spsa: { directions: 1, learningRate: 5e-3, readoutSolve: 20, steps: 4000 },
  mezo: { directions: 1, learningRate: 5e-3, readoutSolve: 20, steps: 4000 },
  gaussNewton: { optimizer: 'sgd', adapt: false, learningRate: 0.5, steps: 625 },
  subspaceGaussNewton: { optimizer: 'sgd', directions: 32, learningRate: 1, steps: 1000 },
  lowRank: { directions: 8, learningRate: 2e-3, steps: 4000 },
  guided: { directions: 8, learningRate: 2e-3, steps: 4000 },
  orthogonalTangents: { directions: 8, learningRate: 2e-3, steps: 4000 },
  bp: { learningRate: 3e-2, steps: 1250 },
  exactForward: { learningRate: 3e-2, steps: 125 },
  other: { learningRate: 2e-3, steps: 4000 },
}

/**
 * x² on a line: the rates of the Mexican hat, a quarter of the steps. `rfg` takes twice the rate and half the steps:
 * with a quarter it ends no better than its own untrained network with a solved readout.
 */
export const parabolaDefaults: ProblemDefaults = {
  network: 'mlp',
  networks: { mlp: { hidden: [50] } },
  time: 32,
  neuron: 'lif',
  beta: 1,
  surrogate: 'atan',
  reset: 'subtract',
  estimator: 'rfg',
  optimizer: 'adam',
  schedule: 'cosine',
  batch: 100,
  byEstimator,
}
