import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  gaussNewton: { learningRate: 1, optimizer: 'sgd', steps: 400, below: 'traces', precision: 'f64' },
  bp: { learningRate: 3e-3, steps: 3000 },
  exactForward: { learningRate: 1e-3, steps: 20 },
  other: { learningRate: 3e-3, steps: 3000 },
}

/**
 * u_t + u u_x = ν u_xx with a shock, from the equation only. The shock has a width of 0.01, which rates of T steps do
 * not resolve with any stencil, so neurons code by the time of their only spike. Points follow the residual.
 */
export const burgersPinnDefaults: ProblemDefaults = {
  network: 'pinn',
  networks: {
    pinn: {
      hidden: [20, 20],
      options: { code: 'firstSpike' },
      loss: 'physics',
      derivative: 'stencil(accuracy=4, step=0.003)',
      collocation: 1500,
      refine: 'rad(every=5)',
      estimator: 'gaussNewton',
      dense: { options: { gain: 2 } },
    },
  },
  time: 32,
  neuron: 'lif',
  beta: 1,
  surrogate: 'atan',
  reset: 'subtract',
  estimator: 'gaussNewton',
  optimizer: 'adam',
  schedule: 'cosine',
  batch: 200,
  byEstimator,
}
