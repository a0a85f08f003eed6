import { add, defineFactory, defineOptions, integer, mul, number, numbers, sub } from '@spikeward/core'
import type { HostCoords, OperatorProblem, OptionsOf, Physics } from '@spikeward/core'
import { gaussianProcess, rbf } from '../../spaces/gaussianProcess.js'
import { sampleFunctions } from '../../spaces/sampleFunctions.js'
import { nodesOf } from '../../geometry/gridPoints.js'
import { solvePoisson1d } from './solver.js'
import { resample } from '../../interpolation/resample.js'
import { interpolate1d } from '../../interpolation/interpolateSensors.js'
import { axisCoordinate } from '../../geometry/coordinates.js'
import { generatedProblem } from '../../operatorProblem/generatedProblem.js'
import { splitOptions } from '../../operatorProblem/splitOptions.js'
import { endConditions, region } from '../../geometry/region.js'
import { sensorsOn } from '../../geometry/sensors.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** The interval of the equation. Default [−1, 1]. */
  interval: numbers({
    minLength: 2,
    maxLength: 2,
    default: [-1, 1],
    help: 'both ends of the interval on which the equation holds',
  }),
  /** Sensors, equally spaced, ends included. Default 51. */
  sensors: integer({ min: 4, default: 51, help: 'sensors of f, equally spaced, ends included' }),
  /** Length scale ℓ of f, in units of x. Default 1. */
  lengthScale: number({ min: 0, above: true, default: 1, help: 'length scale ℓ of f, in units of x' }),
  /** Points at which solutions are given, equally spaced, ends included. Default: as many as sensors. */
  points: integer({
    min: 2,
    computed: 'as many as sensors',
    help: 'points at which solutions are given, ends included',
  }),
  /** Cells of the reference solver. Default 400. */
  cells: integer({ min: 4, default: 400, help: 'cells of the reference solver' }),
  ...splitOptions(800, 200, 2000),
}))

/** Options of {@link poisson1d}. */
export type Poisson1dOptions = OptionsOf<typeof options>

/**
 * The Poisson equation as an operator f ↦ u:
 *
 *     −u″ = f on [−1, 1],   u(±1) = 0,   f a Gaussian process of mean 0, variance 1 and RBF kernel of length 1
 *
 * 51 sensors, 800 functions to learn from and 2000 to report on by default. The hard conditions multiply the network's
 * output by 4(x − a)(b − x)/(b − a)², which is 1 in the middle.
 *
 * Reference: second-order differences on 400 cells (relative L2 difference of 2e-6 from 1600 cells).
 *
 * @throws INVALID_OPTION
 * @example const unit = poisson1d({ interval: [0, 1], sensors: 50 })
 * @example const { sensors, values } = await poisson1d().data('train') // [800 × 51] and [800 × 51]
 */
export const poisson1d = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'poisson1d',
    summary: 'operator f ↦ u, −u″ = f on an interval',
    options,
    facts: { inputs: 'Gaussian process, RBF length 1', solution: 'second-order differences', kind: 'operator' },
  },
  (read) =>
    (settings: Poisson1dOptions = {}): OperatorProblem => {
      const { interval, sensors: m, lengthScale, cells, key, train, validation, test, ...more } = read(settings)
      const points = more.points ?? m
      const [low = -1, high = 1] = interval
      const domain = [[low, high]] as const
      const line = { low, high, count: m }
      const fine = { low, high, count: cells + 1 }
      const nodes = nodesOf(fine)
      const space = gaussianProcess({ kernel: rbf({ length: lengthScale }), domain: [low, high] })
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
    },
)
