import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  gaussNewton: { learningRate: 1, optimizer: 'sgd', steps: 400, below: 'traces', precision: 'f64' },
  bp: { learningRate: 3e-3, steps: 3000 },
  exactForward: { learningRate: 1e-3, steps: 20 },
  other: { learningRate: 2e-3, steps: 10_000 },
}

/**
 * u_t = D u_xx + k (u − u³), whose solution is even in x, and so is the network. The steps of the stencil resolve the layers, and points
 * follow the residual. Neurons code by the time of their only spike.
 */
export const allenCahnDefaults: ProblemDefaults = {
  network: 'pinn',
  networks: {
    pinn: {
      hidden: [20, 20],
      options: { code: 'firstSpike', gain: 4, even: '0' },
      loss: 'physics',
      derivative: 'stencil(accuracy=4, step=0.003:0.01)',
      collocation: 1500,
      refine: 'rad(every=5)',
      estimator: 'gaussNewton',
      dense: { options: { gain: 4, even: '0' } },
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
