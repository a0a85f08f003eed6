import { add, mul, sin, sub } from '@spikeward/core'
import type { Physics, PinnProblem } from '@spikeward/core'
import { gridRegression } from '../../regression/gridRegression.js'
import { positive } from '../../checks/positive.js'
import { whole } from '../../checks/whole.js'
import { axisCoordinate } from '../../geometry/axisCoordinate.js'
import { endConditions } from '../../conditions/endConditions.js'
import { region } from '../../geometry/region.js'

/** Options of {@link poissonPinn}. */
export type PoissonPinnOptions = {
  /** Wave number k. Default 1. */
  readonly frequency?: number
  /** Training points with exact values, ends included, for losses that mix in data. Default 20. */
  readonly train?: number
  /** Test points, cell centres. Default 201. */
  readonly test?: number
  /** Scattered validation points. Default 100. */
  readonly validation?: number
}

/**
 * One Poisson equation to be solved by the equation alone:
 *
 *     −u″ = (kπ)² sin kπx on [−1, 1],   u(±1) = 0,   u = sin kπx
 *
 * The hard conditions multiply the network's output by 1 − x².
 *
 * @throws INVALID_OPTION, SPLITS_OVERLAP
 * @example const { physics } = poissonPinn({ frequency: 2 })
 */
export function poissonPinn(options: PoissonPinnOptions = {}): PinnProblem {
  const { frequency = 1, train = 20, test = 201, validation = 100 } = options
  positive('poisson-pinn', 'frequency', frequency)
  whole('poisson-pinn', 'frequency', frequency, 1)
  const wave = frequency * Math.PI
  const domain = [[-1, 1]] as const
  const conditions = endConditions(domain, 'u')
  const physics: Physics<null> = {
    equation: '-u_xx = (k pi)^2 sin(k pi x)',
    order: [2],
    interior: region(domain),
    residual: (u, _, c) => add(u.d(c, 0, 2), mul(sin(mul(axisCoordinate(c, 0), wave)), wave * wave)),
    conditions,
    hard: {
      satisfies: conditions.map((c) => c.name),
      apply(raw, _, c) {
        const x = axisCoordinate(c, 0)
        return mul(raw, sub(1, mul(x, x)))
      },
    },
  }
  const points = gridRegression({
    name: 'poisson-pinn',
    domain,
    outputs: 1,
    target: ([x = 0]) => [Math.sin(wave * x)],
    train: [train],
    test: [test],
    validation,
  })
  return { ...points, kind: 'pinn', axes: ['x'], physics }
}
