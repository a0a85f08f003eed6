import { defineFactory, defineOptions, integer, number } from '@spikeward/core'
import type { HostCoords, OptionsOf, SourceFunction, TrajectoryProblem } from '@spikeward/core'
import { checkArraySize, whole } from '../../checks.js'
import { nodesOf } from '../../geometry/gridPoints.js'
import { resample } from '../../interpolation/resample.js'
import { splitOptions } from '../../operatorProblem/splitOptions.js'
import { trajectoryProblem } from '../../operatorProblem/trajectoryProblem.js'
import { unit } from '../../operatorProblem/unitSquare.js'
import { periodicField2d } from '../../spaces/periodicField2d.js'
import { sampleFunctions } from '../../spaces/sampleFunctions.js'
import { solveVorticity } from './solver.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** ν. Default 1e-3. */
  viscosity: number({ min: 0, above: true, default: 1e-3, help: 'viscosity ν' }),
  /** The time that t = 1 stands for. Default 5. */
  duration: number({ min: 0, above: true, default: 5, help: 'time that t = 1 stands for' }),
  /** Sensors of ω₀ along each axis of the period; solutions are given there too. Default 32. */
  sensors: integer({
    min: 4,
    default: 32,
    help: 'sensors of ω(x, y, 0) along each axis, where solutions are given too',
  }),
  /** Times at which solutions are given, from 0 to 1. Default 6. */
  times: integer({ min: 2, default: 6, help: 'times at which solutions are given, from 0 to 1' }),
  /** Nodes of the reference solver along each axis, a power of two. Default 64. */
  nodes: integer({ min: 8, default: 64, help: 'nodes of the reference solver along each axis, a power of two' }),
  /** Runge–Kutta steps of the reference solver between two of these times. Default 20. */
  steps: integer({ min: 1, default: 20, help: 'steps of the reference solver between two of these times' }),
  ...splitOptions(200, 20, 50),
}))

/** Options of {@link navierStokes}. */
export type NavierStokesOptions = OptionsOf<typeof options>

const { PI } = Math

/**
 * The vorticity of a two-dimensional flow, as an operator from its initial values:
 *
 *     ω_t/T + u·∇ω = ν Δω + 0.1 (sin 2π(x + y) + cos 2π(x + y)),   ∇·u = 0, ∇×u = ω,   periodic on [0, 1]²,   ν = 1e-3, T = 5
 *     ω₀ Gaussian with covariance 7^(3/2) (−Δ + 49)^(−2.5), and mean 0
 *
 * `trajectories` gives ω at the same times on the grid of sensors. The flow to T = 50 on 64² points that Fourier
 * operators are compared on is `navierStokes({ sensors: 64, duration: 50, times: 51, steps: 20 })`, a thousand steps
 * for each function.
 *
 * The velocity depends on ω everywhere, so there is no pointwise residual: the operator is learned from data.
 *
 * Reference: pseudo-spectral on 64² nodes, dealiased, 100 Runge–Kutta steps.
 *
 * @throws INVALID_OPTION
 * @see Li et al., ICLR 2021, section 5.3
 */
export const navierStokes = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'navierStokes',
    summary: 'operator ω(x, y, 0) ↦ ω(x, y, t), the vorticity of a periodic flow',
    options,
    facts: {
      inputs: 'Gaussian random field, covariance 7^(3/2) (−Δ + 49)^−2.5',
      solution: 'pseudo-spectral',
      kind: 'operator',
    },
  },
  (read) =>
    (settings: NavierStokesOptions = {}): TrajectoryProblem => {
      const { viscosity, duration, sensors: m, times, nodes: n, steps, key, train, validation, test } = read(settings)
      whole('navierStokes', 'log2(nodes)', Math.log2(n), 3)
      const space = periodicField2d({ gamma: 2.5, tau: 7, sigma: 7 ** 0.75 })
      const grid = (count: number): Float64Array => {
        checkArraySize(
          `the coordinates of ${count} × ${count} points`,
          2 * count * count,
          'sensors or nodes along each axis',
        )
        return Float64Array.from({ length: 2 * count * count }, (_, i) => {
          const p = i >> 1
          return (i % 2 === 0 ? Math.floor(p / count) : p % count) / count
        })
      }
      const solverNodes = grid(n)
      const force = Float64Array.from({ length: n * n }, (_, p) => {
        const angle = 2 * PI * (solverNodes[2 * p]! + solverNodes[2 * p + 1]!)
        return 0.1 * (Math.sin(angle) + Math.cos(angle))
      })
      const sensorPoints = grid(m)
      const side = Float64Array.from({ length: m }, (_, i) => i / m)
      const at = { kind: 'grid', axes: [side, side, nodesOf(unit(times))] } as const
      const solve = (f: SourceFunction, where: HostCoords): Float64Array => {
        const initial = f(solverNodes)
        const w = solveVorticity({ viscosity, initial, force: () => force, end: duration, times, steps })
        return resample(withRightEnds(w, n, times), [unit(n + 1), unit(n + 1), unit(times)], where)
      }
      return trajectoryProblem({
        name: 'navier-stokes',
        axes: ['x', 'y', 't'],
        domain: [
          [0, 1],
          [0, 1],
          [0, 1],
        ],
        sensors: { x: sensorPoints, count: m * m, axes: 2, grid: [m, m] },
        at,
        sizes: { train, validation, test },
        key,
        signature: `${space.name}; ${viscosity}, ${duration}; pseudo-spectral on ${n} nodes, ${steps} steps, ${times} times`,
        sample: (k, count) => sampleFunctions(space, k, count),
        solve,
        physics: null,
        trajectory: { frames: times, interval: duration / (times - 1), grid: [m, m], channels: ['ω'] },
        rollout(f) {
          const w = solve(f, at)
          return w.map((_, i) => w[(i % (m * m)) * times + Math.floor(i / (m * m))]!)
        },
      })
    },
)

/** Values of a period with its right ends: [n, n, times] to [n + 1, n + 1, times]. */
const withRightEnds = (w: Float64Array, n: number, times: number): Float64Array =>
  Float64Array.from({ length: (n + 1) ** 2 * times }, (_, i) => {
    const [p, t] = [Math.floor(i / times), i % times]
    const [a, b] = [Math.floor(p / (n + 1)) % n, (p % (n + 1)) % n]
    return w[(a * n + b) * times + t]!
  })
