/** What belongs to one estimator, as it was measured to be best on the Mexican hat (docs/benchmarks.md). */
export type Tuned = { readonly directions?: number; readonly learningRate: number; readonly optimizer?: string }

/** By the name of the estimator; `rfg layerwise` where the scope matters, `other` for those not named. */
export const tuned: Readonly<Record<string, Tuned>> = {
  rfg: { directions: 8, learningRate: 2e-3 },
  'rfg layerwise': { directions: 4, learningRate: 2e-3 },
  activity: { directions: 1, learningRate: 1e-2 },
  eligibility: { directions: 1, learningRate: 3e-2 },
  spsa: { directions: 1, learningRate: 5e-3 },
  mezo: { directions: 1, learningRate: 5e-3 },
  gaussNewton: { optimizer: 'sgd', learningRate: 0.5 },
  subspaceGaussNewton: { optimizer: 'sgd', directions: 32, learningRate: 1 },
  bp: { learningRate: 3e-2 },
  exactForward: { learningRate: 3e-2 },
  other: { directions: 8, learningRate: 2e-3 },
}
