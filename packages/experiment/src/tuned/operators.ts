import type { ByEstimator, NetworkDefaults, ProblemDefaults } from './problemDefaults.js'
import { exactGradient, gridNetwork, operator, operatorByEstimator, perturbing, randomDirections } from './untuned.js'

/** Few steps of random directions, so that training moves the hidden layers little; and exact gradients of one rate. */
const brief = (exact: Parameters<typeof exactGradient>[0]): ByEstimator => ({
  ...operatorByEstimator,
  ...randomDirections({ learningRate: 1e-4, readoutSolve: 50, steps: 100 }),
  ...exactGradient(exact),
})

const evolving = brief({ learningRate: 1e-3, readoutSolve: 500, steps: 2000 })
const smooth = brief({ learningRate: 1e-3, readoutSolve: 1000, steps: 3000 })
const fromEquation = brief({ learningRate: 3e-4, readoutSolve: 250, steps: 1000 })

/** From the equation the branch spikes, the trunk is smooth and derivatives are exact. A smooth trunk is cheap: more features. */
const physics = { spiking: 'branch', trunk: [300], features: 200, dense: { byEstimator: smooth } }

/** An evolution in time, on a trunk for each axis and on one for all points. */
function evolution(
  common: NetworkDefaults,
  ofEquation: NetworkDefaults,
  { seponet = {}, deeponet = {} }: Readonly<Record<string, NetworkDefaults>> = {},
): ProblemDefaults {
  const both = { branch: [200], trunk: [200], points: 256, estimator: 'eligibility', ...common }
  const equation = { ...physics, ...ofEquation }
  return {
    ...operator,
    network: 'seponet',
    networks: {
      seponet: { ...both, features: 150, rank: 1, physics: { ...equation, collocation: 10 }, ...seponet },
      deeponet: { ...both, features: 80, physics: { ...equation, collocation: 100 }, ...deeponet },
    },
    time: 64,
    batch: 64,
    byEstimator: evolving,
    amplitude: 'divide',
  }
}

/** A spiking trunk over every point of a grid takes a lower rate and more steps than one trunk for each axis. */
const nearlyLinear = evolution(
  {},
  { byEstimator: fromEquation },
  {
    deeponet: {
      byEstimator: brief({ learningRate: 3e-4, readoutSolve: 500, steps: 3000 }),
      dense: { byEstimator: evolving },
    },
  },
)

/**
 * Functions that differ in their transport have no common least-squares problem, so no readout is solved from the equation; and the amplitude is
 * left in.
 */
const transport = (exact: Parameters<typeof exactGradient>[0]): ProblemDefaults => ({
  ...evolution({ byEstimator: brief(exact), dense: {} }, {}),
  amplitude: 'none',
})

/** The trunk is a basis of the training solutions, so only the branch learns. */
const onBasis = (
  byEstimator: ByEstimator,
  more: NetworkDefaults = { physics: { derivative: 'stencil' } },
): ProblemDefaults => ({
  ...operator,
  network: 'pod-deeponet',
  networks: {
    'pod-deeponet': {
      branch: [200],
      estimator: 'eligibility',
      features: 60,
      spiking: 'branch',
      byEstimator: { ...operatorByEstimator, ...byEstimator },
      ...more,
    },
  },
  amplitude: 'none',
})

const penalised = (of: ByEstimator): ByEstimator =>
  Object.fromEntries(Object.entries(of).map(([name, one]) => [name, { ...one, readoutPenalty: 1e-2 }]))

const sparse = penalised({ ...evolving, rfg: { directions: 2, learningRate: 1e-4, readoutSolve: 10, steps: 20 } })

const ofDarcy = (exact: Parameters<typeof exactGradient>[0]): ByEstimator => ({
  rfg: evolving['rfg']!,
  activity: operatorByEstimator.activity,
  ...exactGradient(exact),
  exactForward: operatorByEstimator.exactForward,
  other: operatorByEstimator.other,
})

const darcy = onBasis({})
const basisOfFinalBurgers = onBasis(exactGradient({ learningRate: 1e-3, readoutSolve: 200, steps: 2000 }), {})
const lineNetwork: NetworkDefaults = { ...gridNetwork, options: { layers: 3 }, time: 16, batch: 20 }
/** The map to the final time of Burgers' equation, whose fronts no basis and no kernel follows: `--network fno` does. */
const finalBurgers: ProblemDefaults = {
  ...basisOfFinalBurgers,
  networks: { ...basisOfFinalBurgers.networks, fno: lineNetwork },
}

/** Evolutions, which networks on a grid learn: from a basis of the solutions a network stays above its untrained readout. */
const evolutionOf = (fno: NetworkDefaults): ProblemDefaults => ({ ...operator, network: 'fno', networks: { fno } })
const onLine = evolutionOf(lineNetwork)
/** In the plane with fewer channels and steps, so that a training takes minutes. */
const inPlane = evolutionOf({
  ...gridNetwork,
  options: { layers: 3, channels: 16, projection: 32 },
  time: 4,
  batch: 4,
  byEstimator: {
    ...gridNetwork.byEstimator,
    rateBackpropagation: { learningRate: 3e-3, steps: 600 },
    bp: { learningRate: 3e-3, steps: 600 },
  },
})
/** Other operators inherit these rows as generic ones; here they are tuned, so they are rows of its own. */
const poissonByEstimator: ByEstimator = Object.fromEntries(
  Object.entries(operatorByEstimator).map(([name, row]) => [name, { ...row }]),
)
const poisson = { branch: [100], trunk: [50], features: 20, estimator: 'eligibility' }

/** Tuned settings of the operators. */
export const operatorDefaults: Readonly<Record<string, ProblemDefaults>> = {
  advection: transport({ learningRate: 1e-3, steps: 4000 }),
  'advection-jumps': onLine,
  // Linear in f and u₀ together, so the amplitude is divided out; one branch reads both.
  'advection-diffusion': {
    ...onBasis({
      eligibility: { directions: 1, learningRate: 1e-3, readoutSolve: 200, steps: 2000 },
      bp: { learningRate: 1e-3, readoutSolve: 200, steps: 4000 },
    }),
    amplitude: 'divide',
  },
  'allen-cahn-2d': inPlane,
  burgers: transport({ learningRate: 1e-3, readoutSolve: 1000, steps: 4000 }),
  'burgers-fno': finalBurgers,
  'burgers-sharp': finalBurgers,
  // A dense branch of the sensor values interpolates the training functions. One of their principal components is wide, and its readout, solved
  // with a large penalty, does nearly all of the work.
  'darcy-2d': {
    ...darcy,
    networks: {
      'pod-deeponet': {
        branch: [200],
        estimator: 'eligibility',
        features: 100,
        spiking: 'branch',
        dense: {
          branch: [1000],
          options: { components: 80 },
          byEstimator: ofDarcy({ learningRate: 3e-4, readoutSolve: 50, readoutPenalty: 1e-2, steps: 200 }),
        },
      },
    },
    estimator: 'eligibility',
    byEstimator: ofDarcy({ learningRate: 1e-3, readoutSolve: 200, steps: 1000 }),
  },
  diffusion: nearlyLinear,
  'gray-scott': inPlane,
  'kuramoto-sivashinsky': onLine,
  nagumo: onBasis({
    rfg: { directions: 8, learningRate: 1e-3, readoutSolve: 200, steps: 2000 },
    ...exactGradient({ learningRate: 1e-3, readoutSolve: 200, steps: 1000 }),
  }),
  'nagumo-2d': inPlane,
  'navier-stokes': onBasis(
    {
      rfg: { directions: 8, learningRate: 1e-4, readoutSolve: 100, steps: 1200 },
      eligibility: { directions: 1, learningRate: 1e-4, readoutSolve: 100, steps: 1200 },
      bp: { learningRate: 1e-4, readoutSolve: 100, steps: 4000 },
    },
    {},
  ),
  // A hundred functions on ten thousand sensors: training the hidden layers increases the error, so the penalty of the solves is large and the
  // steps are few.
  'nonlinear-diffusion-2d': {
    ...evolution(
      { estimator: 'rfg', spiking: 'branch', byEstimator: sparse, dense: {} },
      { byEstimator: fromEquation },
    ),
    batch: 16,
    byEstimator: sparse,
  },
  // `eligibility` computes the gradient of `bp`, so it has the same rate.
  'poisson-1d': {
    ...operator,
    networks: {
      deeponet: poisson,
      seponet: {
        ...poisson,
        rank: 1,
        byEstimator: {
          ...operatorByEstimator,
          eligibility: { directions: 1, learningRate: 3e-3, readoutSolve: 300, steps: 3000 },
        },
      },
    },
    batch: 128,
    byEstimator: poissonByEstimator,
    amplitude: 'divide',
  },
  'reaction-diffusion': nearlyLinear,
  'shallow-water': inPlane,
}

const longer = { learningRate: 5e-4, readoutSolve: 20, steps: 3000 }

/** An operator from pairs of functions in a file: the rates of poisson-1d, with five times its steps. */
export const ownDefaults: ProblemDefaults = {
  ...operator,
  byEstimator: {
    ...operatorByEstimator,
    ...randomDirections(longer),
    activity: { directions: 1, learningRate: 1e-3, readoutSolve: 50, steps: 3000 },
    eligibility: { directions: 1, learningRate: 2e-3, readoutSolve: 50, steps: 3000 },
    ...perturbing(longer),
    other: longer,
  },
  candidates: ['rfg', 'eligibility', 'rateBackpropagation'],
  candidateNetworks: ['pod-deeponet'],
}
