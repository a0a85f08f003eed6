import { operatorByEstimator } from '../../defaults/operatorByEstimator.js'
import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  rfg: { directions: 8, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  'rfg layerwise': { directions: 2, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  multiTangent: { directions: 8, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  activity: operatorByEstimator.activity,
  eligibility: { directions: 1, learningRate: 1e-3, readoutSolve: 500, steps: 2000 },
  spsa: operatorByEstimator.spsa,
  mezo: operatorByEstimator.mezo,
  bp: { learningRate: 1e-3, readoutSolve: 500, steps: 2000 },
  exactForward: operatorByEstimator.exactForward,
  other: operatorByEstimator.other,
}

const seponetPhysicsDenseByEstimator: ByEstimator = {
  rfg: { directions: 8, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  'rfg layerwise': { directions: 2, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  multiTangent: { directions: 8, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  activity: operatorByEstimator.activity,
  eligibility: { directions: 1, learningRate: 1e-3, readoutSolve: 1000, steps: 3000 },
  spsa: operatorByEstimator.spsa,
  mezo: operatorByEstimator.mezo,
  bp: { learningRate: 1e-3, readoutSolve: 1000, steps: 3000 },
  exactForward: operatorByEstimator.exactForward,
  other: operatorByEstimator.other,
}

const seponetByEstimator: ByEstimator = {
  rfg: { directions: 8, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  'rfg layerwise': { directions: 2, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  multiTangent: { directions: 8, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  activity: operatorByEstimator.activity,
  eligibility: { directions: 1, learningRate: 1e-3, readoutSolve: 1000, steps: 4000 },
  spsa: operatorByEstimator.spsa,
  mezo: operatorByEstimator.mezo,
  bp: { learningRate: 1e-3, readoutSolve: 1000, steps: 4000 },
  exactForward: operatorByEstimator.exactForward,
  other: operatorByEstimator.other,
}

/**
 * u_t + u u_x = 0.01 u_xx. Functions that differ in their transport have no common least-squares problem, so no readout
 * is solved from the equation.
 */
export const burgersDefaults: ProblemDefaults = {
  network: 'seponet',
  networks: {
    seponet: {
      branch: [200],
      trunk: [200],
      points: 256,
      estimator: 'eligibility',
      features: 150,
      rank: 1,
      physics: {
        spiking: 'branch',
        trunk: [300],
        features: 200,
        dense: { byEstimator: seponetPhysicsDenseByEstimator },
        collocation: 10,
      },
      byEstimator: seponetByEstimator,
      dense: {},
    },
    deeponet: {
      branch: [200],
      trunk: [200],
      points: 256,
      estimator: 'eligibility',
      features: 80,
      byEstimator: seponetByEstimator,
      dense: {},
      physics: {
        spiking: 'branch',
        trunk: [300],
        features: 200,
        dense: { byEstimator: seponetPhysicsDenseByEstimator },
        collocation: 100,
      },
    },
  },
  time: 64,
  neuron: 'lif',
  beta: 1,
  surrogate: 'atan',
  reset: 'subtract',
  estimator: 'rfg',
  optimizer: 'adam',
  schedule: 'cosine',
  batch: 64,
  byEstimator,
  amplitude: 'none',
}
