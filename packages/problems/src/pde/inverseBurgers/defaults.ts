import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  gaussNewton: { learningRate: 1, optimizer: 'sgd', steps: 1000, below: 'traces', precision: 'f64' },
  bp: { learningRate: 3e-3, steps: 3000 },
  exactForward: { learningRate: 1e-3, steps: 20 },
  other: { learningRate: 2e-3, steps: 10_000 },
}

/**
 * u_t + λ₁ u u_x = λ₂ u_xx. The steps of the stencil resolve the shock, and points follow the residual. Neurons code by
 * the time of their only spike.
 */
export const inverseBurgersDefaults: ProblemDefaults = {
  network: 'pinn',
  networks: {
    pinn: {
      hidden: [20, 20],
      options: { code: 'firstSpike', gain: 5 },
      loss: 'physics',
      derivative: 'stencil(accuracy=4, step=0.003)',
      collocation: 1500,
      refine: 'rad(every=20)',
      estimator: 'gaussNewton',
      dense: { options: { gain: 5 } },
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
  batch: 20,
  byEstimator,
}
