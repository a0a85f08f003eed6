import type { ByEstimator, ProblemDefaults } from '../defaults/problemDefaults.js'

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

/** An operator from pairs of functions in a file. Untuned: the rates are those of the Poisson problem. */
export const ownDataDefaults: ProblemDefaults = {
  network: 'deeponet',
  networks: {},
  time: 32,
  neuron: 'lif',
  beta: 1,
  surrogate: 'atan',
  reset: 'subtract',
  estimator: 'rfg',
  optimizer: 'adam',
  schedule: 'cosine',
  batch: 32,
  byEstimator,
  candidates: ['rfg', 'eligibility', 'rateBackpropagation'],
}
