import { operatorByEstimator } from './operatorByEstimator.js'
import type { ByEstimator, ProblemDefaults } from './problemDefaults.js'

const regressionByEstimator: ByEstimator = {
  rfg: { directions: 8, learningRate: 2e-3, steps: 4000 },
  'rfg layerwise': { directions: 4, learningRate: 2e-3, steps: 4000 },
  multiTangent: { directions: 8, learningRate: 2e-3, steps: 4000 },
  activity: { directions: 1, learningRate: 1e-2, readoutSolve: 20, steps: 4000 },
  eligibility: { directions: 1, learningRate: 3e-2, steps: 1250 },
  spsa: { directions: 1, learningRate: 5e-3, readoutSolve: 20, steps: 4000 },
  mezo: { directions: 1, learningRate: 5e-3, readoutSolve: 20, steps: 4000 },
  gaussNewton: { optimizer: 'sgd', adapt: false, learningRate: 0.5, steps: 625 },
  subspaceGaussNewton: { optimizer: 'sgd', directions: 32, learningRate: 1, steps: 1000 },
  lowRank: { directions: 8, learningRate: 2e-3, steps: 4000 },
  guided: { directions: 8, learningRate: 2e-3, steps: 4000 },
  orthogonalTangents: { directions: 8, learningRate: 2e-3, steps: 4000 },
  bp: { learningRate: 3e-2, steps: 1250 },
  exactForward: { learningRate: 3e-2, steps: 125 },
  other: { learningRate: 2e-3, steps: 4000 },
}

const pinnByEstimator: ByEstimator = {
  rfg: { directions: 8, learningRate: 2e-3, steps: 10_000 },
  'rfg layerwise': { directions: 2, learningRate: 2e-3, steps: 10_000 },
  multiTangent: { directions: 8, learningRate: 2e-3, steps: 10_000 },
  activity: { directions: 1, learningRate: 2e-3, steps: 10_000 },
  eligibility: { directions: 1, learningRate: 2e-3, steps: 10_000 },
  spsa: { directions: 1, learningRate: 2e-3, steps: 10_000 },
  mezo: { directions: 1, learningRate: 2e-3, steps: 10_000 },
  gaussNewton: { optimizer: 'sgd', learningRate: 1, steps: 200 },
  subspaceGaussNewton: { optimizer: 'sgd', directions: 64, learningRate: 1, steps: 1000 },
  bp: { learningRate: 1e-3, steps: 2000 },
  exactForward: { learningRate: 1e-3, steps: 2000 },
  other: { learningRate: 2e-3, steps: 10_000 },
}

/**
 * Settings for a problem of which nothing was tuned, by its kind. Networks take generic widths, except for
 * those of equations, whose settings are the ones that built-in equations share.
 *
 * @example
 * const { byEstimator } = untunedDefaults.regression
 * byEstimator['bp']?.learningRate // 0.03
 */
export const untunedDefaults: Readonly<Record<'regression' | 'operator' | 'pinn', ProblemDefaults>> = {
  regression: {
    network: 'mlp',
    networks: {},
    time: 32,
    neuron: 'lif',
    beta: 1,
    surrogate: 'atan',
    reset: 'subtract',
    // `rfg` for parameters of neurons; without any it is `eligibility` alone.
    estimator: 'beside(eligibility, rfg)',
    optimizer: 'adam',
    schedule: 'cosine',
    batch: 100,
    byEstimator: regressionByEstimator,
  },
  operator: {
    network: 'deeponet',
    networks: {},
    time: 32,
    neuron: 'lif',
    beta: 1,
    surrogate: 'atan',
    reset: 'subtract',
    estimator: 'rfg',
    optimizer: 'adam',
    schedule: 'cosine',
    batch: 32,
    byEstimator: operatorByEstimator,
  },
  pinn: {
    network: 'pinn',
    networks: {
      pinn: {
        loss: 'physics',
        hidden: [60],
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
    byEstimator: pinnByEstimator,
  },
}
