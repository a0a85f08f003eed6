import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  rfg: { directions: 8, learningRate: 2e-3, readoutSolve: 20, steps: 2000 },
  'rfg layerwise': { directions: 4, learningRate: 2e-3, readoutSolve: 20, steps: 2000 },
  eligibility: { directions: 1, learningRate: 3e-2, steps: 1250 },
  gaussNewton: { optimizer: 'sgd', adapt: false, learningRate: 0.5, steps: 400 },
  bp: { learningRate: 3e-2, steps: 1250 },
  exactForward: { learningRate: 1e-2, steps: 100 },
  other: { learningRate: 2e-3, readoutSolve: 20, steps: 2000 },
}

/** A table of points from a file. Untuned: a trial on the validation rows chooses the estimator. */
export const tableDefaults: ProblemDefaults = {
  network: 'mlp',
  networks: { mlp: { hidden: [100] } },
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
  candidates: ['rfg', 'eligibility', 'gaussNewton'],
  deepCandidates: ['rateBackpropagation'],
}
