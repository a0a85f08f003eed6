import { defineFactory, defineOptions, integer, uniform } from '@spikeward/core'
import type { Key, OptionsOf, SourceFunction, TrajectoryProblem } from '@spikeward/core'
import { checkArraySize } from '../../checks.js'
import { gridPoints } from '../../geometry/gridPoints.js'
import { pointsOf } from '../../geometry/coordinates.js'
import { evolutionOptions, splitOptions } from '../../operatorProblem/splitOptions.js'
import { trajectoryProblem } from '../../operatorProblem/trajectoryProblem.js'
import { solveRadialShallowWater } from './solver.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Cells along each axis, at whose centres h is given. Default 64; PDEBench has 128. */
  points: integer({ min: 4, default: 64, help: 'cells along each axis, at whose centres h is given' }),
  /** Rings of the reference solver in a unit of length. Default 100. */
  rings: integer({ min: 8, default: 100, help: 'rings of the reference solver in a unit of length' }),
  ...evolutionOptions({ duration: 1, interval: 0.05, frames: 21 }),
  ...splitOptions(256, 32, 64),
}))

/** Options of {@link shallowWater}. */
export type ShallowWaterOptions = OptionsOf<typeof options>

const EDGE = 2.5
const DOMAIN = [
  [-EDGE, EDGE],
  [-EDGE, EDGE],
] as const
/** Waves travel less far in a unit of time. */
const FASTEST = 2
/** Points of a ring whose mean is its first depth. */
const INNER = 16

/** The width of the slope from one depth to the other. */
const SLOPE = 0.1

/** A cylinder of water of depth 2 in water of depth 1. */
const dam =
  (radius: number): SourceFunction =>
  (x) =>
    Float64Array.from({ length: x.length / 2 }, (_, p) => {
      const inside = (radius - Math.hypot(x[2 * p]!, x[2 * p + 1]!)) / SLOPE + 0.5
      return 1 + Math.min(1, Math.max(0, inside))
    })

async function sample(key: Key, count: number): Promise<SourceFunction[]> {
  const radii = await uniform(key, [count], { min: 0.3, max: 0.7, dtype: 'f64' }).data()
  return Array.from(radii, (radius) => dam(Number(radius)))
}

/**
 * A round dam that breaks, with the settings of PDEBench:
 *
 *     h_t + ∇·(hu) = 0,   (hu)_t + ∇·(h u uᵀ + h²/2) = 0 on [−2.5, 2.5]²,   h(x, y, 0) = 2 within a circle of radius R, else 1 ↦ h(x, y, 1)
 *
 * with u = 0 at first and R uniform in [0.3, 0.7]. A slope of width 0.1 joins the depths, where PDEBench has a jump: on
 * 64² cells a jump would show about thirty different radii alone. One number describes an input, so that a kernel
 * method learns this map from few functions; its fronts and its trajectories are what it tests. `trajectories` gives 21
 * frames of h and of both components of hu, 0.05 apart.
 *
 * Reference: the flow depends on the distance from the centre alone, and finite volumes on rings solve for it, 100 in a
 * unit of length; waves pass the border. Between the centres of the rings it is linear. An input must be such a
 * function too.
 *
 * @throws INVALID_OPTION
 * @see Takamoto et al., PDEBench, NeurIPS 2022
 * @example
 * const { values } = await shallowWater({ points: 128 }).trajectories('test') // [64, 21, 128, 128, 3]
 */
export const shallowWater = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'shallowWater',
    summary: 'operator h(x, y, 0) ↦ h(x, y, 1), the depth of water behind a round dam that breaks',
    options,
    facts: { inputs: 'a cylinder of water of random radius', solution: 'finite volumes', kind: 'operator' },
  },
  (read) =>
    (settings: ShallowWaterOptions = {}): TrajectoryProblem => {
      const { points, rings, duration, interval, frames, key, ...sizes } = read(settings)
      const grid = [points, points]
      const x = gridPoints(DOMAIN, grid, 'centres')
      const side = Float64Array.from({ length: points }, (_, i) => x[2 * i + 1]!)
      const reach = (end: number): number => Math.SQRT2 * EDGE + FASTEST * end
      const solve = (f: SourceFunction, between: number, count: number): Float64Array => {
        const radius = reach(between * (count - 1))
        const cells = Math.ceil(rings * radius)
        checkArraySize(`shallowWater: frames of ${cells} rings`, cells * count * 2, 'frames or rings')
        const along = new Float64Array(2 * INNER * cells)
        for (let i = 0; i < INNER * cells; i++) along[2 * i] = ((i + 0.5) * radius) / (INNER * cells)
        const depths = f(along)
        const initial = Float64Array.from({ length: cells }, (_, i) => {
          let [sum, weight] = [0, 0]
          for (let p = INNER * i; p < INNER * (i + 1); p++) {
            sum += along[2 * p]! * depths[p]!
            weight += along[2 * p]!
          }
          return sum / weight
        })
        return solveRadialShallowWater({ radius, gravity: 1, initial, interval: between, frames: count })
      }
      /**
       * h and the radial momentum of a frame at a distance, linear between the centres of rings; the momentum vanishes
       * at the centre.
       */
      const at = (
        values: Float64Array,
        frame: number,
        cells: number,
        end: number,
        r: number,
      ): readonly [number, number] => {
        const s = (r / reach(end)) * cells - 0.5
        const i = Math.floor(s)
        const t = s - i
        const value = (j: number, c: 0 | 1): number =>
          j < 0 ? (c === 0 ? 1 : -1) * values[frame * cells * 2 + c]! : values[(frame * cells + j) * 2 + c]!
        return [0, 1].map((c) => (1 - t) * value(i, c as 0 | 1) + t * value(i + 1, c as 0 | 1)) as [number, number]
      }
      return trajectoryProblem({
        name: 'shallow-water',
        axes: ['x', 'y'],
        domain: DOMAIN,
        sensors: { x, count: points * points, axes: 2, grid },
        at: { kind: 'grid', axes: [side, side] },
        sizes,
        key,
        signature: `cylinders of depth 2 in 1, radius 0.3 to 0.7, slopes of ${SLOPE}; finite volumes on ${rings} rings in a unit; t = ${duration}`,
        sample,
        solve(f, where) {
          const values = solve(f, duration, 2)
          const { x: places } = pointsOf(where)
          return Float64Array.from(
            { length: places.length / 2 },
            (_, p) => at(values, 1, values.length / 4, duration, Math.hypot(places[2 * p]!, places[2 * p + 1]!))[0],
          )
        },
        physics: null,
        trajectory: { frames, interval, grid, channels: ['h', 'hu', 'hv'] },
        rollout(f) {
          const values = solve(f, interval, frames)
          const cells = values.length / frames / 2
          const out = new Float64Array(frames * points * points * 3)
          const first = f(x)
          for (let t = 0; t < frames; t++)
            for (let p = 0; p < points * points; p++) {
              const [a, b] = [x[2 * p]!, x[2 * p + 1]!]
              const r = Math.hypot(a, b)
              const [h, m] = at(values, t, cells, interval * (frames - 1), r)
              const along = r === 0 ? 0 : m / r
              // The first frame is the input itself, without the means over rings.
              out.set([t === 0 ? first[p]! : h, along * a, along * b], (t * points * points + p) * 3)
            }
          return out
        },
      })
    },
)
