import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  gaussNewton: { optimizer: 'sgd', learningRate: 1, precision: 'f64', steps: 150 },
  bp: { learningRate: 3e-3, steps: 3000 },
  exactForward: { learningRate: 1e-3, steps: 20 },
  other: { learningRate: 2e-3, steps: 10_000 },
}

/** Every condition is built into the output, so that only the equation is in the loss. Derivatives by a stencil of values. */
export const lidDrivenCavityDefaults: ProblemDefaults = {
  network: 'pinn',
  networks: {
    pinn: {
      hidden: [80],
      loss: 'physics',
      derivative: 'stencil(accuracy=4, step=0.08)',
      collocation: 500,
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
  schedule: 'constant',
  batch: 20,
  byEstimator,
}
