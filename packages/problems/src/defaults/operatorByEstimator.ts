import type { ByEstimator } from './problemDefaults.js'

/**
 * Settings of estimators on an operator for which they were not tuned. The table of a tuned operator names these entries for the estimators
 * that were not measured on it. They are the settings that were tuned for poisson-1d.
 */
export const operatorByEstimator = {
  rfg: { directions: 8, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  'rfg layerwise': { directions: 2, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  multiTangent: { directions: 8, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  activity: { directions: 1, learningRate: 1e-3, readoutSolve: 50, steps: 1000 },
  eligibility: { directions: 1, learningRate: 2e-3, readoutSolve: 50, steps: 1000 },
  spsa: { directions: 1, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  mezo: { directions: 1, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  bp: { learningRate: 3e-3, steps: 6000 },
  exactForward: { learningRate: 3e-3, steps: 20 },
  other: { learningRate: 5e-4, readoutSolve: 20, steps: 600 },
} as const satisfies ByEstimator
