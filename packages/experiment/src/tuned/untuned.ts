import type { ByEstimator, EstimatorDefaults, NetworkDefaults, ProblemDefaults } from './problemDefaults.js'

/** Sizes of a network on a problem for which it was not tuned: those of its tuned settings that are absent. */
export const genericSizes = {
  hidden: [50],
  branch: [100],
  trunk: [50],
  features: 20,
  rank: 1,
  /** Residual points per step. */
  collocation: 100,
  /** Lines of a grid along each axis, for separable networks. */
  lines: 16,
} as const

/** The settings that most problems share. */
const usual = {
  time: 32,
  neuron: 'lif',
  beta: 1,
  surrogate: 'atan',
  reset: 'subtract',
  optimizer: 'adam',
  schedule: 'cosine',
} as const

/** The same settings for several random directions of the whole network, of each layer, and of orthogonal tangents. */
const directions = (rest: EstimatorDefaults, layerwise: number) => ({
  rfg: { directions: 8, ...rest },
  'rfg layerwise': { directions: layerwise, ...rest },
})

/** The same settings for a single direction, of activities or of parameters. */
export const perturbing = (rest: EstimatorDefaults) => ({
  spsa: { directions: 1, ...rest },
  mezo: { directions: 1, ...rest },
})

/** Random directions on operators: so few steps between solves that the hidden layers hardly move. */
export const randomDirections = (rest: EstimatorDefaults) => directions(rest, 2)

/** Estimators of the exact gradient: forward by `eligibility`, in reverse by `bp`. */
export const exactGradient = (rest: EstimatorDefaults) => ({
  eligibility: { directions: 1, ...rest },
  bp: rest,
})

const fewSteps = { learningRate: 5e-4, readoutSolve: 20, steps: 600 }

/** Settings of estimators on an operator for which they were not tuned: those of poisson-1d. */
export const operatorByEstimator = {
  ...randomDirections(fewSteps),
  activity: { directions: 1, learningRate: 1e-3, readoutSolve: 50, steps: 1000 },
  eligibility: { directions: 1, learningRate: 2e-3, readoutSolve: 50, steps: 1000 },
  ...perturbing(fewSteps),
  bp: { learningRate: 3e-3, steps: 6000 },
  exactForward: { learningRate: 3e-3, steps: 20 },
  other: fewSteps,
} as const satisfies ByEstimator

/** Settings of estimators on functions of points, whose number of steps alone differs between problems. */
export function pointsByEstimator(steps: number): ByEstimator {
  const random = { learningRate: 2e-3, steps }
  return {
    ...directions(random, 4),
    activity: { directions: 1, learningRate: 1e-2, readoutSolve: 20, steps },
    eligibility: { directions: 1, learningRate: 3e-2, steps: (5 * steps) / 16 },
    ...perturbing({ learningRate: 5e-3, readoutSolve: 20, steps }),
    gaussNewton: { optimizer: 'sgd', adapt: false, learningRate: 0.5, steps: (5 * steps) / 32 },
    subspaceGaussNewton: { optimizer: 'sgd', directions: 32, learningRate: 1, steps: steps / 4 },
    lowRank: { directions: 8, ...random },
    guided: { directions: 8, ...random },
    orthogonalTangents: { directions: 8, ...random },
    bp: { learningRate: 3e-2, steps: (5 * steps) / 16 },
    exactForward: { learningRate: 3e-2, steps: steps / 32 },
    other: random,
  }
}

/** Settings of estimators on an equation whose residual is a stencil's. */
export function residualByEstimator(random: EstimatorDefaults, exact: EstimatorDefaults): ByEstimator {
  return {
    ...randomDirections(random),
    activity: { directions: 1, ...random },
    eligibility: { directions: 1, ...random },
    ...perturbing(random),
    bp: exact,
    exactForward: exact,
    other: random,
  }
}

/**
 * Settings of a network on one grid, for an operator on which it was not tuned: those of `fno` on burgers-sharp, with fewer functions
 * and steps of time, since a plane has more points than a line.
 */
export const gridNetwork: NetworkDefaults & Required<Pick<NetworkDefaults, 'byEstimator'>> = {
  time: 8,
  batch: 8,
  estimator: 'rateBackpropagation',
  byEstimator: {
    ...operatorByEstimator,
    rateBackpropagation: { learningRate: 3e-3, steps: 2000 },
    bp: { learningRate: 3e-3, steps: 2000 },
  },
}

const slow = { learningRate: 2e-3, steps: 10_000 }

export const points: ProblemDefaults = {
  ...usual,
  network: 'mlp',
  networks: {},
  // `rfg` for parameters of neurons; without any it is `eligibility` alone.
  estimator: 'beside(eligibility, rfg)',
  batch: 100,
  byEstimator: pointsByEstimator(4000),
}

export const operator: ProblemDefaults = {
  ...usual,
  network: 'deeponet',
  networks: {},
  estimator: 'rfg',
  batch: 32,
  byEstimator: operatorByEstimator,
}

export const equation: ProblemDefaults = {
  ...usual,
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
  estimator: 'gaussNewton',
  schedule: 'constant',
  batch: 20,
  byEstimator: {
    ...residualByEstimator(slow, { learningRate: 1e-3, steps: 2000 }),
    gaussNewton: { optimizer: 'sgd', learningRate: 1, steps: 200 },
    subspaceGaussNewton: { optimizer: 'sgd', directions: 64, learningRate: 1, steps: 1000 },
  },
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
  regression: points,
  operator,
  pinn: equation,
}
