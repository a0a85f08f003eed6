import {
  add,
  broadcastTo,
  cast,
  choice,
  defineFactory,
  defineOptions,
  equal,
  integer,
  iota,
  jvp,
  mul,
  number,
  onesLike,
  sub,
} from '@spikeward/core'
import type { Condition, Coords, OperatorProblem, OptionsOf, Physics, Tensor } from '@spikeward/core'
import { axisCoordinate } from '../../geometry/coordinates.js'
import { gridPoints, nodesOf } from '../../geometry/gridPoints.js'
import { region } from '../../geometry/region.js'
import { interpolate2d } from '../../interpolation/interpolateSensors.js'
import { resample } from '../../interpolation/resample.js'
import { generatedProblem } from '../../operatorProblem/generatedProblem.js'
import { splitOptions } from '../../operatorProblem/splitOptions.js'
import { unit, unitBox } from '../../operatorProblem/unitSquare.js'
import { neumannField } from '../../spaces/neumannField.js'
import { sampleFunctions } from '../../spaces/sampleFunctions.js'
import { solveDarcy } from './solver.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** The permeability: e^(dg) of a Gaussian field g, or 12 where g ≥ 0 and 3 elsewhere. Default `piecewise`. */
  permeability: choice(['piecewise', 'lognormal'], {
    default: 'piecewise',
    help: 'permeability: 12 and 3 by the sign of a Gaussian field, or its exponential',
  }),
  /** d: deviation of log a, of the lognormal permeability. Default 1. */
  deviation: number({ min: 0, default: 1, help: 'deviation of log a of the lognormal permeability' }),
  /** Sensors of a along each axis, ends included; solutions are given there too. Default 29. */
  sensors: integer({ min: 4, default: 29, help: 'sensors of a along each axis, where solutions are given too' }),
  /** Cells of the reference solver along each axis. Default 84: three per sensor. */
  cells: integer({ min: 8, default: 84, help: 'cells of the reference solver along each axis' }),
  ...splitOptions(1000, 100, 200),
}))

/** Options of {@link darcy2d}. */
export type Darcy2dOptions = OptionsOf<typeof options>

const SPACE = { gamma: 2, tau: 3 }

/** ∂g/∂xₐ of a function of the coordinates. */
function slopeOf(g: (c: Coords) => Tensor, c: Coords, axis: number): Tensor {
  if (c.kind === 'points') {
    const along = broadcastTo(cast(equal(iota([c.x.shape[1]!], 0, 'i32'), axis), c.x.dtype), c.x.shape)
    return jvp((x: Tensor) => g({ kind: 'points', x }), [c.x], [along])[1]
  }
  const moved = c.axes[axis]!
  const at = (x: Tensor): Tensor => g({ kind: 'grid', axes: c.axes.map((v, a) => (a === axis ? x : v)) })
  return jvp(at, [moved], [onesLike(moved)])[1]
}

/**
 * Darcy flow through a porous square, as an operator from the permeability:
 *
 *     −∇·(a ∇u) = 1 on [0, 1]²,   u = 0 on the border,
 *     a = 12 where g ≥ 0, else 3 (`piecewise`), or e^(dg) (`lognormal`),   g Gaussian, covariance (−Δ + 9)⁻², mean square 1
 *
 * The residual takes the gradient of a from cubics between the sensors, so it is available only for the lognormal
 * permeability. The hard condition is u = 16 x(1 − x) y(1 − y) · (network's output).
 *
 * Reference: finite volumes with harmonic means on 84² cells.
 *
 * @throws INVALID_OPTION
 * @see Li et al., ICLR 2021; Lu et al., Comput. Methods Appl. Mech. Eng. 2022 (29² grid)
 */
export const darcy2d = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'darcy2d',
    summary: 'operator a ↦ u(x, y), −∇·(a ∇u) = 1 on a square',
    options,
    facts: {
      inputs: '12 or 3 by the sign of a Gaussian field, covariance (−Δ + 9)⁻², or its exponential',
      solution: 'finite volumes',
      kind: 'operator',
    },
  },
  (read) =>
    (settings: Darcy2dOptions = {}): OperatorProblem => {
      const { permeability, deviation, sensors: m, cells, key, train, validation, test } = read(settings)
      const space = neumannField(SPACE)
      const nodes = gridPoints(unitBox, [cells + 1, cells + 1], 'ends')
      const ofField =
        permeability === 'piecewise'
          ? (g: number): number => (g >= 0 ? 12 : 3)
          : (g: number): number => Math.exp(deviation * g)
      const borders = [0, 1].flatMap((axis) =>
        [0, 1].map(
          (end): Condition<unknown> => ({
            name: `u = 0 at ${'xy'[axis]!} = ${end}`,
            region: region(
              unitBox,
              [0, 1].map((a) => (a === axis ? end : null)),
            ),
            residual: (u, _, c) => u.at(c),
          }),
        ),
      )
      const physics: Physics = {
        equation: '-div (a grad u) = 1',
        order: [2, 2],
        interior: region(unitBox),
        residual(u, f, c) {
          const a = (where: Coords): Tensor => interpolate2d(f, unit(m), where)
          const carried = add(mul(slopeOf(a, c, 0), u.d(c, 0)), mul(slopeOf(a, c, 1), u.d(c, 1)))
          return add(add(mul(a(c), add(u.d(c, 0, 2), u.d(c, 1, 2))), carried), 1)
        },
        conditions: borders,
        hard: {
          satisfies: borders.map((c) => c.name),
          apply(raw, _, c) {
            const [x, y] = [axisCoordinate(c, 0), axisCoordinate(c, 1)]
            return mul(raw, mul(mul(mul(x, sub(1, x)), mul(y, sub(1, y))), 16))
          },
        },
      }
      const axis = nodesOf(unit(m))
      return generatedProblem({
        name: 'darcy-2d',
        axes: ['x', 'y'],
        domain: unitBox,
        sensors: { x: gridPoints(unitBox, [m, m], 'ends'), count: m * m, axes: 2, grid: [m, m] },
        at: { kind: 'grid', axes: [axis, axis] },
        sizes: { train, validation, test },
        key,
        signature: `${space.name}; ${permeability} ${deviation}; finite volumes on ${cells} cells`,
        sample: async (k, count) => (await sampleFunctions(space, k, count)).map((g) => (at) => g(at).map(ofField)),
        solve(f, where) {
          const u = solveDarcy({ cells, permeability: f(nodes), source: new Float64Array(nodes.length / 2).fill(1) })
          return resample(u, [unit(cells + 1), unit(cells + 1)], where)
        },
        physics: permeability === 'piecewise' ? null : physics,
      })
    },
)
