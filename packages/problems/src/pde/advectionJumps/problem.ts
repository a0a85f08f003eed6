import { defineFactory, defineOptions, integer, number, uniform } from '@spikeward/core'
import type { Key, OptionsOf, SourceFunction, TrajectoryProblem } from '@spikeward/core'
import { pointsOf } from '../../geometry/coordinates.js'
import { evolutionOptions, splitOptions } from '../../operatorProblem/splitOptions.js'
import { trajectoryProblem } from '../../operatorProblem/trajectoryProblem.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** β. Default 0.4. */
  speed: number({ default: 0.4, help: 'speed β' }),
  /** Points of a period, from x = 0 and without x = 1. Default 128; PDEBench has 1024. */
  points: integer({ min: 4, default: 128, help: 'points of a period' }),
  ...evolutionOptions({ duration: 2, interval: 0.05, frames: 41 }),
  ...splitOptions(1000, 100, 200),
}))

/** Options of {@link advectionJumps}. */
export type AdvectionJumpsOptions = OptionsOf<typeof options>

/** Random numbers of a profile. */
const NUMBERS = 8

/** Two sine waves of wave numbers 1 … 8, cut off outside a window of one period. */
const profile = (z: Float64Array): SourceFunction => {
  const [a1 = 0, a2 = 0, n1 = 0, n2 = 0, p1 = 0, p2 = 0, start = 0, width = 0] = z
  const wave = (a: number, n: number, p: number, x: number): number =>
    a * Math.sin(2 * Math.PI * (Math.floor(1 + 8 * n) * x + p))
  return (points) =>
    points.map((x) => {
      const from = x - start - Math.floor(x - start)
      return from < 0.2 + 0.6 * width ? wave(a1, n1, p1, x) + wave(a2, n2, p2, x) : 0
    })
}

async function sample(key: Key, count: number): Promise<SourceFunction[]> {
  const numbers = (await uniform(key, [count, NUMBERS], { dtype: 'f64' }).data()) as Float64Array
  return Array.from({ length: count }, (_, i) => profile(numbers.subarray(i * NUMBERS, (i + 1) * NUMBERS)))
}

/**
 * Profiles that jump and travel, after PDEBench:
 *
 *     u_t + β u_x = 0, β = 0.4, of period 1 in x,   u(x, 0) = u₀(x) ↦ u(x, 2) = u₀(x − 2β),
 *     u₀ = Σᵢ aᵢ sin 2π(nᵢ x + φᵢ), two waves, aᵢ and φᵢ uniform in [0, 1), nᵢ in 1 … 8,   inside a window of random place
 *     and of width 0.2 to 0.8, else 0
 *
 * PDEBench cuts only a tenth of its profiles; here each one jumps twice. The map is linear, but points that do not move
 * by whole steps leave the place of a jump between two points open. `trajectories` gives 41 frames, 0.05 apart. The
 * solution is exact.
 *
 * @throws INVALID_OPTION
 * @see Takamoto et al., PDEBench, NeurIPS 2022
 * @example
 * const { sensors, values } = await advectionJumps({ points: 1024 }).data('train') // both [1000, 1024]
 */
export const advectionJumps = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'advectionJumps',
    summary: 'operator u(x, 0) ↦ u(x, 2), u_t + β u_x = 0, periodic profiles that jump',
    options,
    facts: { inputs: 'two sine waves in a window', solution: 'exact', kind: 'operator' },
  },
  (read) =>
    (settings: AdvectionJumpsOptions = {}): TrajectoryProblem => {
      const { speed, points, duration, interval, frames, key, ...sizes } = read(settings)
      const x = Float64Array.from({ length: points }, (_, i) => i / points)
      const exactSolution = (f: SourceFunction, at: Float64Array, t: number): Float64Array =>
        f(at.map((v) => v - speed * t - Math.floor(v - speed * t)))
      return trajectoryProblem({
        name: 'advection-jumps',
        axes: ['x'],
        domain: [[0, 1]],
        sensors: { x, count: points, axes: 1, grid: [points] },
        at: { kind: 'grid', axes: [x] },
        sizes,
        key,
        signature: `two waves in a window; speed ${speed}; exact; t = ${duration}`,
        sample,
        solve: (f, where) => exactSolution(f, pointsOf(where).x, duration),
        physics: null,
        trajectory: { frames, interval, grid: [points], channels: ['u'] },
        rollout(f) {
          const out = new Float64Array(frames * points)
          for (let t = 0; t < frames; t++) out.set(exactSolution(f, x, t * interval), t * points)
          return out
        },
      })
    },
)
