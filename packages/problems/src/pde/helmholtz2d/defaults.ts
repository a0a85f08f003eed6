import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  gaussNewton: { optimizer: 'sgd', learningRate: 1, steps: 400 },
  bp: { learningRate: 3e-3, steps: 3000 },
  exactForward: { learningRate: 1e-3, steps: 20 },
  other: { learningRate: 2e-3, steps: 10_000 },
}

/**
 * Δu + u = q. Dense networks need `--gain 6`, and with `--damping 1e-3 --decrease 0.3 --increase 3` they reach 0.003.
 */
export const helmholtz2dDefaults: ProblemDefaults = {
  network: 'pinn',
  networks: {
    pinn: {
      hidden: [100],
      loss: 'physics',
      derivative: 'stencil(accuracy=4, step=0.03)',
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
