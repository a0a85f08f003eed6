import type { NetworkDefaults, ProblemDefaults } from './problemDefaults.js'
import { at, equation, residualByEstimator } from './untuned.js'

const newton = { optimizer: 'sgd', learningRate: 1 }

/** In double precision, with the gradients of several layers. */
const deepNewton = { ...newton, below: 'traces', precision: 'f64' }

/**
 * An equation by Gauss–Newton: the number of steps, and what the network has in place of the settings of all equations.
 */
const byNewton = (steps: number, pinn: NetworkDefaults = {}, gaussNewton = newton): ProblemDefaults => ({
  ...equation,
  networks: { pinn: { ...equation.networks['pinn'], ...pinn } },
  byEstimator: {
    gaussNewton: { ...gaussNewton, steps },
    ...{ bp: at(3e-3, 3000), exactForward: at(1e-3, 20), other: at(2e-3, 10_000) },
  },
})

const fine = (step: string): string => `stencil(accuracy=4, step=${step})`

/**
 * The same with two hidden layers, whose neurons code by the time of their only spike: it depends smoothly on the
 * coordinates. A dense network has the same options without a code.
 */
const byFirstSpike = (steps: number, { options = {}, ...pinn }: NetworkDefaults): ProblemDefaults => ({
  ...byNewton(
    steps,
    { hidden: [20, 20], collocation: 1500, dense: { options }, ...pinn, options: { code: 'firstSpike', ...options } },
    deepNewton,
  ),
  schedule: 'cosine',
})

const shock = byFirstSpike(400, { derivative: fine('0.003'), refine: 'rad(every=5)', dense: { options: { gain: 2 } } })
const dense = residualByEstimator(at(5e-3, 5000), at(1e-2, 2000))
const byStencil: NetworkDefaults = {
  ...{ hidden: [50], loss: 'physics', derivative: 'stencil', collocation: 64 },
  dense: { derivative: 'exact', byEstimator: dense },
}

/** Tuned settings of the single equations. */
export const equationDefaults: Readonly<Record<string, ProblemDefaults>> = {
  // The solution is even in x, and so is the network. The steps of the stencil resolve the layers, and points follow
  // the residual.
  'allen-cahn': byFirstSpike(400, {
    derivative: fine('0.003:0.01'),
    refine: 'rad(every=5)',
    options: { gain: 4, even: '0' },
  }),
  // The shock has a width of 0.01, which rates of T steps do not resolve with any stencil. Points follow the residual.
  'burgers-pinn': { ...shock, batch: 200, byEstimator: { ...shock.byEstimator, other: at(3e-3, 3000) } },
  'elasticity-2d': byNewton(100),
  'heat-1d': byNewton(60, { hidden: [40] }),
  // Dense networks need `--gain 6`, and do best with `--damping 1e-3 --decrease 0.3 --increase 3`.
  'helmholtz-2d': byNewton(400, { hidden: [100], derivative: fine('0.03'), collocation: 600 }),
  'inverse-burgers': byFirstSpike(1000, { derivative: fine('0.003'), refine: 'rad(every=20)', options: { gain: 5 } }),
  'inverse-poisson': byNewton(80, { hidden: [20], derivative: fine('0.05'), collocation: 64 }),
  // Three components and four faces: a step has fifteen residuals for each collocation point.
  kovasznay: byNewton(200, { hidden: [40], derivative: fine('0.03'), collocation: 100 }),
  // Every condition is built into the output. In f32, rounding errors of fourth derivatives grow as 1/h⁴: the step is a
  // compromise.
  'lid-driven-cavity': byFirstSpike(200, { hidden: [24, 24], derivative: fine('0.05'), collocation: 400 }),
  'poisson-2d': byNewton(100, { collocation: 300 }),
  // No readout is solved, so random directions take more steps than for data. Derivatives through the surrogate are not
  // those of the rates.
  'poisson-pinn': {
    ...{ ...equation, estimator: 'rfg', schedule: 'cosine' },
    networks: {
      pinn: byStencil,
      'separable-pinn': { ...byStencil, rank: 10 },
      'modified-pinn': {
        ...{ hidden: [20, 20], spiking: 'none', loss: 'physics', derivative: 'exact', collocation: 64 },
        byEstimator: dense,
      },
    },
    byEstimator: residualByEstimator(at(2e-3, 10_000), at(1e-3, 2000)),
  },
  'taylor-green': byNewton(100, { hidden: [40], collocation: 100 }),
  'wave-1d': byNewton(80, { hidden: [40] }),
}
