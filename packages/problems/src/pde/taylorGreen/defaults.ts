import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  gaussNewton: { optimizer: 'sgd', learningRate: 1, steps: 100 },
  bp: { learningRate: 3e-3, steps: 3000 },
  exactForward: { learningRate: 1e-3, steps: 20 },
  other: { learningRate: 2e-3, steps: 10_000 },
}

/** Three components in space and time. The settings are those of the Kovasznay flow, not tuned on their own. */
export const taylorGreenDefaults: ProblemDefaults = {
  network: 'pinn',
  networks: {
    pinn: {
      hidden: [40],
      loss: 'physics',
      derivative: 'stencil(accuracy=4)',
      collocation: 100,
      estimator: 'gaussNewton',
    },
  },
  time: 32,
  neuron: 'lif',
  beta: 1,
  surrogate: 'atan',
  reset: 'subtract',
  estimator: 'gaussNewton',
  optimizer: 'adam',
  schedule: 'constant',
  batch: 20,
  byEstimator,
}
