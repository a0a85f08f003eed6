import { add, defineFactory, defineOptions, integer, mul, number, sin, sub } from '@spikeward/core'
import type { Condition, OperatorProblem, OptionsOf, Physics, SourceFunction } from '@spikeward/core'
import { gaussianProcess, rbf } from '../../spaces/gaussianProcess.js'
import { sampleFunctions } from '../../spaces/sampleFunctions.js'
import { solveAdvection } from './solver.js'
import { nodesOf } from '../../geometry/gridPoints.js'
import { interpolate1d } from '../../interpolation/interpolateSensors.js'
import { axisCoordinate, pointsOf } from '../../geometry/coordinates.js'
import { generatedProblem } from '../../operatorProblem/generatedProblem.js'
import { splitOptions } from '../../operatorProblem/splitOptions.js'
import { region } from '../../geometry/region.js'
import { unit, unitBox, unitSquare } from '../../operatorProblem/unitSquare.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Sensors of a, equally spaced, ends included. Default 100; SepONet has 128. */
  sensors: integer({ min: 4, default: 100, help: 'sensors of a, equally spaced, ends included' }),
  /** Length scale ℓ of the Gaussian process. Default 0.2. */
  lengthScale: number({ min: 0, above: true, default: 0.2, help: 'length scale ℓ of the Gaussian process' }),
  /** Points along x and along t at which solutions are given, ends included. Default 51. */
  points: integer({ min: 2, default: 51, help: 'points along x and along t at which solutions are given' }),
  /** Cells on which travel times are tabulated. Default 256. */
  cells: integer({ min: 4, default: 256, help: 'cells on which travel times are tabulated' }),
  ...splitOptions(1000, 100, 200),
}))

/** Options of {@link advection}. */
export type AdvectionOptions = OptionsOf<typeof options>

/**
 * Advection at a speed that varies in space, as an operator a ↦ u:
 *
 *     u_t + a(x) u_x = 0 on [0, 1]²,   u(x, 0) = sin πx,   u(0, t) = sin(πt/2),
 *     a(x) = g(x) − min g + 1,   g a Gaussian process of mean 0, variance 1 and RBF kernel of length 0.2
 *
 * The minimum is that over 513 equally spaced points. The hard conditions are
 * u = sin πx + sin(πt/2) + x t · (network's output).
 *
 * Reference: characteristics, which resolve the kink that starts in the corner of the domain (relative L2 difference of
 * 7e-10 from four times as many cells).
 *
 * @throws INVALID_OPTION
 */
export const advection = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'advection',
    summary: 'operator a ↦ u(x, t), u_t + a(x) u_x = 0',
    options,
    facts: {
      inputs: 'a = g − min g + 1, g a Gaussian process of RBF length 0.2',
      solution: 'characteristics',
      kind: 'operator',
    },
  },
  (read) =>
    (settings: AdvectionOptions = {}): OperatorProblem => {
      const { sensors: m, lengthScale, points, cells, ...split } = read(settings)
      const frame = unitSquare('advection', { sensors: m, points }, split)
      const space = gaussianProcess({ kernel: rbf({ length: lengthScale }), domain: [0, 1] })
      const everywhere = nodesOf(unit(513))
      // The solver reads a at nodes and midpoints: one array of both evaluates a function once.
      const half = nodesOf(unit(2 * cells + 1))
      const start = (x: number): number => Math.sin(Math.PI * x)
      const inflow = (t: number): number => Math.sin((Math.PI * t) / 2)
      const conditions: Condition[] = [
        {
          name: 'u(x, 0) = sin(pi x)',
          region: region(unitBox, [null, 0]),
          residual: (u, _, c) => sub(u.at(c), sin(mul(axisCoordinate(c, 0), Math.PI))),
        },
        {
          name: 'u(0, t) = sin(pi t / 2)',
          region: region(unitBox, [0, null]),
          residual: (u, _, c) => sub(u.at(c), sin(mul(axisCoordinate(c, 1), Math.PI / 2))),
        },
      ]
      const physics: Physics = {
        equation: 'u_t + a(x) u_x = 0',
        order: [1, 1],
        interior: region(unitBox),
        residual: (u, a, c) => add(u.d(c, 1), mul(interpolate1d(a, unit(m), c, 0), u.d(c, 0))),
        conditions,
        hard: {
          satisfies: conditions.map((c) => c.name),
          apply(raw, _, c) {
            const [x, t] = [axisCoordinate(c, 0), axisCoordinate(c, 1)]
            const lift = add(sin(mul(x, Math.PI)), sin(mul(t, Math.PI / 2)))
            return add(lift, mul(raw, mul(x, t)))
          },
        },
      }
      return generatedProblem({
        ...frame,
        signature: `${space.name}; minus minimum plus 1; characteristics on ${cells} cells`,
        async sample(k, n) {
          const functions = await sampleFunctions(space, k, n)
          return functions.map((g): SourceFunction => {
            const shift = 1 - Math.min(...g(everywhere))
            return (x) => g(x).map((v) => v + shift)
          })
        },
        solve(f, where) {
          const table = f(half)
          const speed = (x: number): number => table[Math.round(x * 2 * cells)]!
          const u = solveAdvection({ speed, initial: start, inflow }, unit(cells + 1))
          const { x } = pointsOf(where)
          return Float64Array.from({ length: x.length / 2 }, (_, p) => u(x[2 * p]!, x[2 * p + 1]!))
        },
        physics,
      })
    },
)
