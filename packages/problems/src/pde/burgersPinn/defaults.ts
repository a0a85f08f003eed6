import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  gaussNewton: { learningRate: 1, optimizer: 'sgd', steps: 300 },
  bp: { learningRate: 3e-3, steps: 3000 },
  exactForward: { learningRate: 1e-3, steps: 20 },
  other: { learningRate: 3e-3, steps: 3000 },
}

/**
 * u_t + u u_x = ν u_xx with a shock, from the equation only: derivatives by a stencil, so that estimators of affine
 * layers act on the residuals. Rates of T steps do not resolve the shock, whose width is 0.01: see the page on the
 * problems.
 */
export const burgersPinnDefaults: ProblemDefaults = {
  network: 'pinn',
  networks: {
    pinn: { hidden: [100], loss: 'physics', derivative: 'stencil', collocation: 800, estimator: 'gaussNewton' },
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
