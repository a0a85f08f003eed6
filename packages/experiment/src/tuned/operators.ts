import type { ByEstimator, EstimatorDefaults, NetworkDefaults, ProblemDefaults } from './problemDefaults.js'
import {
  at,
  exactGradient,
  gridNetwork,
  operator,
  operatorByEstimator,
  perturbing,
  randomDirections,
  single,
} from './untuned.js'

/** Few steps of random directions, so that training moves the hidden layers little; and exact gradients of one rate. */
const brief = (exact: EstimatorDefaults): ByEstimator => ({
  ...{ ...operatorByEstimator, ...randomDirections(at(1e-4, 100, 50)), ...exactGradient(exact) },
})

const evolving = brief(at(1e-3, 2000, 500))
const smooth = brief(at(1e-3, 3000, 1000))
const fromEquation = brief(at(3e-4, 1000, 250))

/** From the equation: a spiking branch, exact derivatives, and a smooth trunk, cheap enough for more features. */
const physics = { spiking: 'branch', trunk: [300], features: 200, dense: { byEstimator: smooth } }

/** An evolution in time, on a trunk for each axis and on one for all points; `alone`: from its equation. */
function evolution(common: NetworkDefaults, alone: NetworkDefaults, deeponet: NetworkDefaults = {}): ProblemDefaults {
  const both = { branch: [200], trunk: [200], points: 256, estimator: 'eligibility', ...common }
  const equation = { ...physics, ...alone }
  return {
    ...{ ...operator, network: 'seponet', time: 64, batch: 64, byEstimator: evolving, amplitude: 'divide' },
    networks: {
      seponet: { ...both, features: 150, rank: 1, physics: { ...equation, collocation: 10 } },
      deeponet: { ...both, features: 80, physics: { ...equation, collocation: 100 }, ...deeponet },
    },
  }
}

/** A spiking trunk over every point of a grid takes a lower rate and more steps than one trunk for each axis. */
const nearlyLinear = evolution(
  {},
  { byEstimator: fromEquation },
  { byEstimator: brief(at(3e-4, 3000, 500)), dense: { byEstimator: evolving } },
)

/**
 * Functions that differ in their transport have no common least-squares problem, so no readout is solved from the
 * equation; and the amplitude is left in.
 */
const transport = (exact: EstimatorDefaults): ProblemDefaults => ({
  ...evolution({ byEstimator: brief(exact), dense: {} }, {}),
  amplitude: 'none',
})

const basis = { branch: [200], estimator: 'eligibility', features: 60, spiking: 'branch' }

/** The trunk is a basis of the training solutions, so only the branch learns. */
const onBasis = (
  byEstimator: ByEstimator,
  more: NetworkDefaults = { physics: { derivative: 'stencil' } },
  others: ProblemDefaults['networks'] = {},
): ProblemDefaults => ({
  ...{ ...operator, network: 'pod-deeponet', amplitude: 'none' },
  networks: {
    'pod-deeponet': { ...basis, byEstimator: { ...operatorByEstimator, ...byEstimator }, ...more },
    ...others,
  },
})

/** Copies of the rows of a table, with more settings in each. */
const rowsWith = (table: ByEstimator, more: { readonly readoutPenalty?: number } = {}): ByEstimator =>
  Object.fromEntries(Object.entries(table).map(([name, row]) => [name, { ...row, ...more }]))

const sparse = rowsWith({ ...evolving, rfg: { directions: 2, ...at(1e-4, 20, 10) } }, { readoutPenalty: 1e-2 })

const ofDarcy = (exact: EstimatorDefaults): ByEstimator => {
  const { activity, exactForward, other } = operatorByEstimator
  return { rfg: evolving['rfg']!, activity, ...exactGradient(exact), exactForward, other }
}

const lineNetwork: NetworkDefaults = { ...gridNetwork, options: { layers: 3 }, time: 16, batch: 20 }
/** The map to the final time of Burgers' equation. No basis and no kernel follows its fronts: `--network fno` does. */
const finalBurgers = onBasis(exactGradient(at(1e-3, 2000, 200)), {}, { fno: lineNetwork })

/** Evolutions, learned on a grid: from a basis of the solutions a network stays above its untrained readout. */
const evolutionOf = (fno: NetworkDefaults): ProblemDefaults => ({ ...operator, network: 'fno', networks: { fno } })
const onLine = evolutionOf(lineNetwork)
/** In the plane with fewer channels and steps, so that a training takes minutes. */
const inPlane = evolutionOf({
  ...{ ...gridNetwork, options: { layers: 3, channels: 16, projection: 32 }, time: 4, batch: 4 },
  byEstimator: { ...gridNetwork.byEstimator, rateBackpropagation: at(3e-3, 600), bp: at(3e-3, 600) },
})
/** Other operators inherit these rows as generic ones; here they are tuned, so they are rows of its own. */
const ofPoisson = rowsWith(operatorByEstimator)
const poisson = { branch: [100], trunk: [50], features: 20, estimator: 'eligibility' }

/** Tuned settings of the operators. */
export const operatorDefaults: Readonly<Record<string, ProblemDefaults>> = {
  advection: transport(at(1e-3, 4000)),
  'advection-jumps': onLine,
  // Linear in f and u₀ together, so the amplitude is divided out; one branch reads both.
  'advection-diffusion': {
    ...onBasis({ eligibility: single(at(1e-3, 2000, 200)), bp: at(1e-3, 4000, 200) }),
    amplitude: 'divide',
  },
  'allen-cahn-2d': inPlane,
  burgers: transport(at(1e-3, 4000, 1000)),
  'burgers-fno': finalBurgers,
  'burgers-sharp': finalBurgers,
  // A dense branch of the sensor values interpolates the training functions. One of their principal components is wide,
  // and its readout, solved with a large penalty, does nearly all of the work.
  'darcy-2d': {
    ...{ ...onBasis({}), estimator: 'eligibility', byEstimator: ofDarcy(at(1e-3, 1000, 200)) },
    networks: {
      'pod-deeponet': {
        ...{ ...basis, features: 100 },
        dense: {
          ...{ branch: [1000], options: { components: 80 } },
          byEstimator: ofDarcy({ ...at(3e-4, 200, 50), readoutPenalty: 1e-2 }),
        },
      },
    },
  },
  diffusion: nearlyLinear,
  'gray-scott': inPlane,
  'kuramoto-sivashinsky': onLine,
  nagumo: onBasis({ rfg: { directions: 8, ...at(1e-3, 2000, 200) }, ...exactGradient(at(1e-3, 1000, 200)) }),
  'nagumo-2d': inPlane,
  'navier-stokes': onBasis(
    {
      rfg: { directions: 8, ...at(1e-4, 1200, 100) },
      ...{ eligibility: single(at(1e-4, 1200, 100)), bp: at(1e-4, 4000, 100) },
    },
    {},
  ),
  // A hundred functions on ten thousand sensors: training the hidden layers increases the error, so the penalty of the
  // solves is large and the steps are few.
  'nonlinear-diffusion-2d': {
    ...evolution(
      { estimator: 'rfg', spiking: 'branch', byEstimator: sparse, dense: {} },
      { byEstimator: fromEquation },
    ),
    ...{ batch: 16, byEstimator: sparse },
  },
  // `eligibility` computes the gradient of `bp`, so it has the same rate.
  'poisson-1d': {
    ...{ ...operator, batch: 128, byEstimator: ofPoisson, amplitude: 'divide' },
    networks: {
      deeponet: poisson,
      seponet: {
        ...{ ...poisson, rank: 1 },
        byEstimator: { ...operatorByEstimator, eligibility: single(at(3e-3, 3000, 300)) },
      },
    },
  },
  'reaction-diffusion': nearlyLinear,
  'shallow-water': inPlane,
  // Scattered points, which a graph network connects; a small one, so that a training takes minutes.
  'virtual-sensing': {
    ...{ ...operator, network: 'graph', amplitude: 'none' },
    networks: {
      graph: {
        ...{ ...gridNetwork, options: { layers: 3, channels: 16, neighbours: 6, projection: 32 } },
        byEstimator: { ...gridNetwork.byEstimator, rateBackpropagation: at(3e-3, 400), bp: at(3e-3, 400) },
      },
    },
  },
}

/** Networks on a grid have the gradient at the cost of one pass in reverse over their layers. */
const onGrid = { estimator: 'rateBackpropagation' }
const longer = at(5e-4, 3000, 20)

/** An operator from pairs of functions in a file: the rates of poisson-1d, with five times its steps. */
export const ownDefaults: ProblemDefaults = {
  ...operator,
  byEstimator: {
    ...{ ...operatorByEstimator, ...randomDirections(longer), activity: single(at(1e-3, 3000, 50)) },
    ...{ eligibility: single(at(2e-3, 3000, 50)), ...perturbing(longer), other: longer },
  },
  candidates: ['rfg', 'eligibility', 'rateBackpropagation'],
  candidateNetworks: { 'pod-deeponet': {}, fno: onGrid, graph: onGrid },
  candidateParts: ['branch', 'trunk'],
}
