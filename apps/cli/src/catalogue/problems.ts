import type { OperatorProblem, PinnProblem, RegressionProblem } from '@spikeward/core'
import * as p from '@spikeward/problems'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Catalogue } from './entry.js'

/** Settings of a run that an operator problem may take. */
export const problemSettings = ['interval', 'sensors', 'lengthScale', 'resolution', 'sizes'] as const

/** Of these settings, those that the config gives, with the key of the data. */
export type ProblemSettings = Pick<TrainConfig, (typeof problemSettings)[number] | 'dataKey'>

/** A problem, by what is learned: a function of points, an operator, the solution of one equation, people's own operator. */
export type ProblemEntry =
  | { readonly kind: 'regression'; readonly build: () => RegressionProblem }
  | {
      readonly kind: 'operator'
      readonly takes: readonly (typeof problemSettings)[number][]
      readonly build: (settings: ProblemSettings) => OperatorProblem
    }
  | { readonly kind: 'pinn'; readonly build: () => PinnProblem }
  | { readonly kind: 'own' }

/** Options under the names that the problems have for them. */
function options({ interval, sensors, lengthScale, resolution, sizes, dataKey }: ProblemSettings): object {
  const [train, validation, test] = sizes ?? []
  return {
    key: dataKey,
    ...(interval === null ? {} : { interval }),
    ...(sensors === null ? {} : { sensors }),
    ...(lengthScale === null ? {} : { lengthScale }),
    ...(resolution === null ? {} : { points: resolution }),
    ...(sizes === null ? {} : { train, validation, test }),
  }
}

const operator = (
  make: (o: object) => OperatorProblem,
  ...without: (typeof problemSettings)[number][]
): Extract<ProblemEntry, { kind: 'operator' }> => ({
  kind: 'operator',
  takes: problemSettings.filter((name) => !without.includes(name)),
  build: (settings) => make(options(settings)),
})

/** What can be learned. */
export const problems: Catalogue<ProblemEntry> = {
  parabola: {
    about: 'y = x² on [−1, 1], 100 points: for first steps',
    make: { kind: 'regression', build: () => p.parabola() },
  },
  'mexican-hat': {
    about: 'Mexican hat (Ricker wavelet) of two variables, s = 0.4, 32×32 points',
    make: { kind: 'regression', build: () => p.mexicanHat() },
  },
  ripple: {
    about: 'a decaying radial cosine of two variables, 32×32 points',
    make: { kind: 'regression', build: () => p.ripple() },
  },
  'poisson-1d': {
    about: 'operator f ↦ u, −u″ = f on [−1, 1], 51 sensors; on [0, 1]: --interval 0,1 --sensors 50',
    make: operator(p.poisson1d),
  },
  'reaction-diffusion': {
    about: 'operator f ↦ u(x, t), u_t = 0.01 u_xx + 0.01 u² + f(x), 100 sensors',
    make: operator(p.reactionDiffusion, 'interval'),
  },
  diffusion: {
    about: 'operator u(x, 0) ↦ u(x, t), u_t = u_xx/π², 128 sensors',
    make: operator(p.diffusion, 'interval'),
  },
  advection: {
    about: 'operator a ↦ u(x, t), u_t + a(x) u_x = 0, 100 sensors',
    make: operator(p.advection, 'interval'),
  },
  burgers: {
    about: 'operator u(x, 0) ↦ u(x, t), u_t + u u_x = 0.01 u_xx, periodic, 101 sensors',
    make: operator(p.burgers, 'interval', 'lengthScale'),
  },
  'nonlinear-diffusion-2d': {
    about: 'operator u(x, y, 0) ↦ u(x, y, t), u_t = 0.05 (|∇u|² + u Δu), 101² sensors',
    make: operator(p.nonlinearDiffusion2d, 'interval', 'lengthScale'),
  },
  'poisson-pinn': {
    about: 'one equation, −u″ = π² sin πx on [−1, 1], solved by its residual',
    make: { kind: 'pinn', build: () => p.poissonPinn() },
  },
  own: {
    about: 'an operator by its values in a file of yours: --data file --inputs name --outputs name',
    make: { kind: 'own' },
  },
}
