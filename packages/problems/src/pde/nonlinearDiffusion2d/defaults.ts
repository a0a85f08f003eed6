import type { ByEstimator, ProblemDefaults } from '../../defaults/problemDefaults.js'

const byEstimator: ByEstimator = {
  rfg: { directions: 2, learningRate: 1e-4, readoutSolve: 10, steps: 20, readoutPenalty: 1e-2 },
  'rfg layerwise': { directions: 2, learningRate: 1e-4, readoutSolve: 50, steps: 100, readoutPenalty: 1e-2 },
  multiTangent: { directions: 8, learningRate: 1e-4, readoutSolve: 50, steps: 100, readoutPenalty: 1e-2 },
  activity: { directions: 1, learningRate: 1e-3, readoutSolve: 50, steps: 1000, readoutPenalty: 1e-2 },
  eligibility: { directions: 1, learningRate: 1e-3, readoutSolve: 500, steps: 2000, readoutPenalty: 1e-2 },
  spsa: { directions: 1, learningRate: 5e-4, readoutSolve: 20, steps: 600, readoutPenalty: 1e-2 },
  mezo: { directions: 1, learningRate: 5e-4, readoutSolve: 20, steps: 600, readoutPenalty: 1e-2 },
  bp: { learningRate: 1e-3, readoutSolve: 500, steps: 2000, readoutPenalty: 1e-2 },
  exactForward: { learningRate: 3e-3, steps: 20, readoutPenalty: 1e-2 },
  other: { learningRate: 5e-4, readoutSolve: 20, steps: 600, readoutPenalty: 1e-2 },
}

const seponetPhysicsByEstimator: ByEstimator = {
  rfg: { directions: 8, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  'rfg layerwise': { directions: 2, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  multiTangent: { directions: 8, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  activity: { directions: 1, learningRate: 1e-3, readoutSolve: 50, steps: 1000 },
  eligibility: { directions: 1, learningRate: 3e-4, readoutSolve: 250, steps: 1000 },
  spsa: { directions: 1, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  mezo: { directions: 1, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  bp: { learningRate: 3e-4, readoutSolve: 250, steps: 1000 },
  exactForward: { learningRate: 3e-3, steps: 20 },
  other: { learningRate: 5e-4, readoutSolve: 20, steps: 600 },
}

const seponetPhysicsDenseByEstimator: ByEstimator = {
  rfg: { directions: 8, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  'rfg layerwise': { directions: 2, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  multiTangent: { directions: 8, learningRate: 1e-4, readoutSolve: 50, steps: 100 },
  activity: { directions: 1, learningRate: 1e-3, readoutSolve: 50, steps: 1000 },
  eligibility: { directions: 1, learningRate: 1e-3, readoutSolve: 1000, steps: 3000 },
  spsa: { directions: 1, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  mezo: { directions: 1, learningRate: 5e-4, readoutSolve: 20, steps: 600 },
  bp: { learningRate: 1e-3, readoutSolve: 1000, steps: 3000 },
  exactForward: { learningRate: 3e-3, steps: 20 },
  other: { learningRate: 5e-4, readoutSolve: 20, steps: 600 },
}

/**
 * u_t = 0.05 (|∇u|² + u Δu). There are a hundred functions on ten thousand sensors. Training the hidden layers
 * increases the error, so the penalty of the solves is large and the steps are few. A smooth trunk is better than a
 * spiking one.
 */
export const nonlinearDiffusion2dDefaults: ProblemDefaults = {
  network: 'seponet',
  networks: {
    seponet: {
      branch: [200],
      trunk: [200],
      points: 256,
      estimator: 'rfg',
      features: 150,
      rank: 1,
      physics: {
        spiking: 'branch',
        trunk: [300],
        features: 200,
        byEstimator: seponetPhysicsByEstimator,
        dense: { byEstimator: seponetPhysicsDenseByEstimator },
        collocation: 10,
      },
      spiking: 'branch',
      byEstimator,
      dense: {},
    },
    deeponet: {
      branch: [200],
      trunk: [200],
      points: 256,
      estimator: 'rfg',
      features: 80,
      byEstimator,
      dense: {},
      physics: {
        spiking: 'branch',
        trunk: [300],
        features: 200,
        byEstimator: seponetPhysicsByEstimator,
        dense: { byEstimator: seponetPhysicsDenseByEstimator },
        collocation: 100,
      },
      spiking: 'branch',
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
  batch: 16,
  byEstimator,
  amplitude: 'divide',
}
