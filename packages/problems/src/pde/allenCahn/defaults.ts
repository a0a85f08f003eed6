import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  gaussNewton: { optimizer: 'sgd', learningRate: 1, steps: 300 },
  bp: { learningRate: 3e-3, steps: 3000 },
  exactForward: { learningRate: 1e-3, steps: 20 },
  other: { learningRate: 2e-3, steps: 10_000 },
}

/**
 * u_t = D u_xx + k (u − u³). The steps of the stencil resolve the layers. Derivatives by a stencil of values, so that Gauss–Newton knows the Jacobian of the residuals from one forward pass.
 */
export const allenCahnDefaults: ProblemDefaults = {
  network: 'pinn',
  networks: {
    pinn: {
      hidden: [100],
      loss: 'physics',
      derivative: 'stencil(accuracy=4, step=0.01:0.02)',
      collocation: 600,
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
