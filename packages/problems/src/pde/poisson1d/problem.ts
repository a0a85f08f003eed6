import { add, mul, sub } from '@spikeward/core'
import type { HostCoords, OperatorProblem, Physics } from '@spikeward/core'
import { gaussianProcess } from '../../spaces/gaussianProcess.js'
import { rbf } from '../../spaces/rbf.js'
import { sampleFunctions } from '../../spaces/sampleFunctions.js'
import { nodesOf } from '../../geometry/line.js'
import { whole } from '../../checks/whole.js'
import { solvePoisson1d } from './solver.js'
import { resample } from '../../interpolation/resample.js'
import { interpolate1d } from '../../interpolation/interpolateSensors.js'
import { axisCoordinate } from '../../geometry/axisCoordinate.js'
import { generatedProblem } from '../../operatorProblem/generatedProblem.js'
import type { SplitOptions } from '../../operatorProblem/generatedProblem.js'
import { endConditions } from '../../conditions/endConditions.js'
import { region } from '../../geometry/region.js'
import { sensorsOn } from '../../geometry/sensorsOn.js'

/** Options of {@link poisson1d}. */
export type Poisson1dOptions = SplitOptions & {
  /** Default [−1, 1]. */
  readonly interval?: readonly [number, number]
  /** Sensors, equally spaced, ends included. Default 51. */
  readonly sensors?: number
  /** Length scale ℓ of f, in units of x. Default 1. */
  readonly lengthScale?: number
  /** Points at which solutions are given, equally spaced, ends included. Default: as many as sensors. */
  readonly points?: number
  /** Cells of the reference solver. Default 400. */
  readonly cells?: number
}

/**
 * The Poisson equation as an operator f ↦ u:
 *
 *     −u″ = f on [−1, 1],   u(±1) = 0,   f a Gaussian process of mean 0, variance 1 and RBF kernel of length 1
 *
 * 51 sensors, 800 functions to learn from and 2000 to report on by default. The hard conditions multiply the network's
 * output by 4(x − a)(b − x)/(b − a)², which is 1 in the middle.
 *
 * Reference: second-order differences on 400 cells (2e-6 from 1600 cells, relative L2).
 *
 * @throws INVALID_OPTION
 * @example const unit = poisson1d({ interval: [0, 1], sensors: 50 })
 * @example const { sensors, values } = await poisson1d().data('train') // [800 × 51] and [800 × 51]
 */
export function poisson1d(options: Poisson1dOptions = {}): OperatorProblem {
  const { interval = [-1, 1], sensors: m = 51, lengthScale = 1, cells = 400 } = options
  const { key = 0, train = 800, validation = 200, test = 2000 } = options
  const points = options.points ?? m
  whole('poisson-1d', 'sensors', m, 4)
  whole('poisson-1d', 'points', points, 2)
  whole('poisson-1d', 'cells', cells, 4)
  const [low, high] = interval
  const domain = [interval]
  const line = { low, high, count: m }
  const fine = { low, high, count: cells + 1 }
  const nodes = nodesOf(fine)
  const space = gaussianProcess({ kernel: rbf({ length: lengthScale }), domain: interval })
  const at: HostCoords = { kind: 'grid', axes: [nodesOf({ low, high, count: points })] }
  const conditions = endConditions(domain, 'u')
  const physics: Physics = {
    equation: '-u_xx = f',
    order: [2],
    interior: region(domain),
    residual: (u, f, c) => add(u.d(c, 0, 2), interpolate1d(f, line, c, 0)),
    conditions,
    hard: {
      satisfies: conditions.map((c) => c.name),
      apply(raw, _, c) {
        const x = axisCoordinate(c, 0)
        return mul(raw, mul(mul(sub(x, low), sub(high, x)), 4 / (high - low) ** 2))
      },
    },
  }
  return generatedProblem({
    name: 'poisson-1d',
    axes: ['x'],
    domain,
    sensors: sensorsOn(line),
    at,
    sizes: { train, validation, test },
    key,
    signature: `${space.name}; differences on ${cells} cells`,
    sample: (k, n) => sampleFunctions(space, k, n),
    solve: (f, where) => resample(solvePoisson1d(fine, f(nodes)), [fine], where),
    physics,
  })
}
