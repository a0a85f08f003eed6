import type { ByEstimator, EstimatorDefaults, NetworkDefaults, ProblemDefaults } from './problemDefaults.js'

const usual = {
  ...{ time: 32, neuron: 'lif', beta: 1, surrogate: 'atan', reset: 'subtract' },
  ...{ optimizer: 'adam', schedule: 'cosine' },
} as const

export const at = (learningRate: number, steps: number, readoutSolve?: number): EstimatorDefaults => ({
  learningRate,
  ...(readoutSolve === undefined ? {} : { readoutSolve }),
  steps,
})

export const single = (rest: EstimatorDefaults): EstimatorDefaults => ({ directions: 1, ...rest })

/**
 * The same for random directions of the whole network and of each layer, with few steps between solves, so that hidden
 * layers hardly move.
 */
export const randomDirections = (rest: EstimatorDefaults, layerwise = 2) => ({
  rfg: { directions: 8, ...rest },
  'rfg layerwise': { directions: layerwise, ...rest },
})

/** The same for a single direction, of activities or of parameters. */
export const perturbing = (rest: EstimatorDefaults) => ({ spsa: single(rest), mezo: single(rest) })

/** The same for estimators of the exact gradient: forward by `eligibility`, in reverse by `bp`. */
export const exactGradient = (rest: EstimatorDefaults) => ({ eligibility: single(rest), bp: rest })

const fewSteps = at(5e-4, 600, 20)

/** Settings of estimators on an operator for which they were not tuned: those of poisson-1d. */
export const operatorByEstimator = {
  ...randomDirections(fewSteps),
  activity: single(at(1e-3, 1000, 50)),
  eligibility: single(at(2e-3, 1000, 50)),
  ...perturbing(fewSteps),
  bp: at(3e-3, 6000),
  exactForward: at(3e-3, 20),
  other: fewSteps,
} satisfies ByEstimator

/** Settings of estimators on functions of points, whose number of steps alone differs between problems. */
export function pointsByEstimator(steps: number): ByEstimator {
  const random = at(2e-3, steps)
  const eight = { directions: 8, ...random }
  return {
    ...randomDirections(random, 4),
    activity: single(at(1e-2, steps, 20)),
    eligibility: single(at(3e-2, (5 * steps) / 16)),
    ...perturbing(at(5e-3, steps, 20)),
    gaussNewton: { optimizer: 'sgd', adapt: false, ...at(0.5, (5 * steps) / 32) },
    subspaceGaussNewton: { optimizer: 'sgd', directions: 32, ...at(1, steps / 4) },
    ...{ lowRank: eight, guided: eight, orthogonalTangents: eight },
    bp: at(3e-2, (5 * steps) / 16),
    exactForward: at(3e-2, steps / 32),
    other: random,
  }
}

/** Settings of estimators on an equation whose residual is a stencil's. */
export const residualByEstimator = (random: EstimatorDefaults, exact: EstimatorDefaults): ByEstimator => ({
  ...randomDirections(random),
  ...{ activity: single(random), eligibility: single(random), ...perturbing(random) },
  ...{ bp: exact, exactForward: exact, other: random },
})

/**
 * Settings of a network on one grid, for an operator on which it was not tuned: those of `fno` on burgers-sharp, with
 * fewer functions and steps of time, since a plane has more points than a line.
 */
export const gridNetwork: NetworkDefaults & Required<Pick<NetworkDefaults, 'byEstimator'>> = {
  ...{ time: 8, batch: 8, estimator: 'rateBackpropagation' },
  byEstimator: { ...operatorByEstimator, rateBackpropagation: at(3e-3, 2000), bp: at(3e-3, 2000) },
}

/** `rfg` beside `eligibility` is for parameters of neurons; without any it is `eligibility` alone. */
export const points: ProblemDefaults = {
  ...{ ...usual, network: 'mlp', networks: {}, estimator: 'beside(eligibility, rfg)', batch: 100 },
  byEstimator: pointsByEstimator(4000),
}

export const operator: ProblemDefaults = {
  ...{ ...usual, network: 'deeponet', networks: {}, estimator: 'rfg', batch: 32 },
  byEstimator: operatorByEstimator,
}

export const equation: ProblemDefaults = {
  ...usual,
  network: 'pinn',
  networks: {
    pinn: {
      ...{ loss: 'physics', hidden: [60], derivative: 'stencil(accuracy=4)', collocation: 200 },
      estimator: 'gaussNewton',
    },
  },
  ...{ estimator: 'gaussNewton', schedule: 'constant', batch: 20 },
  byEstimator: {
    ...residualByEstimator(at(2e-3, 10_000), at(1e-3, 2000)),
    gaussNewton: { optimizer: 'sgd', ...at(1, 200) },
    subspaceGaussNewton: { optimizer: 'sgd', directions: 64, ...at(1, 1000) },
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
