import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  gaussNewton: { optimizer: 'sgd', learningRate: 1, below: 'traces', precision: 'f64', steps: 200 },
  bp: { learningRate: 3e-3, steps: 3000 },
  exactForward: { learningRate: 1e-3, steps: 20 },
  other: { learningRate: 2e-3, steps: 10_000 },
}

/**
 * Every condition is built into the output, so that only the equation is in the loss. The step of the stencil is a compromise: in f32, rounding
 * errors of fourth derivatives grow as 1/h⁴. Neurons code by the time of their only spike, which depends smoothly on the coordinates.
 */
export const lidDrivenCavityDefaults: ProblemDefaults = {
  network: 'pinn',
  networks: {
    pinn: {
      hidden: [24, 24],
      options: { code: 'firstSpike' },
      loss: 'physics',
      derivative: 'stencil(accuracy=4, step=0.05)',
      collocation: 400,
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
  schedule: 'cosine',
  batch: 20,
  byEstimator,
}
