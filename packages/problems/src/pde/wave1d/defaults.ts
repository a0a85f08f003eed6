import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  gaussNewton: { optimizer: 'sgd', learningRate: 1, steps: 80 },
  bp: { learningRate: 3e-3, steps: 3000 },
  exactForward: { learningRate: 1e-3, steps: 20 },
  other: { learningRate: 2e-3, steps: 10_000 },
}

/**
 * u_tt = c² u_xx.
 */
export const wave1dDefaults: ProblemDefaults = {
  network: 'pinn',
  networks: {
    pinn: {
      hidden: [40],
      loss: 'physics',
      derivative: 'stencil(accuracy=4)',
      collocation: 200,
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
