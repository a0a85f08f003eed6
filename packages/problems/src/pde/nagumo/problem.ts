import { add, defineFactory, defineOptions, integer, mul, number, sub } from '@spikeward/core'
import type { OptionsOf, Physics, SourceFunction, TrajectoryProblem } from '@spikeward/core'
import { whole } from '../../checks.js'
import { axisCoordinate } from '../../geometry/coordinates.js'
import { interpolate1d } from '../../interpolation/interpolateSensors.js'
import { resample } from '../../interpolation/resample.js'
import { splitOptions } from '../../operatorProblem/splitOptions.js'
import { trajectoryProblem } from '../../operatorProblem/trajectoryProblem.js'
import { periodicInX, unit, unitBox, unitSquare } from '../../operatorProblem/unitSquare.js'
import { region } from '../../geometry/region.js'
import { sampleFunctions } from '../../spaces/sampleFunctions.js'
import { spectralField } from '../../spaces/spectralField.js'
import { solveNagumo } from './solver.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Diffusivity ε. Default 0.01. */
  diffusivity: number({ min: 0, above: true, default: 0.01, help: 'diffusivity ε' }),
  /** The unstable state α. Default 0.3. */
  threshold: number({ min: 0, max: 1, default: 0.3, help: 'the unstable state α' }),
  /** The physical time T that t = 1 stands for. Default 5. */
  duration: number({ min: 0, above: true, default: 5, help: 'physical time that t = 1 stands for' }),
  /** Sensors of u₀, equally spaced, both ends of the period included. Default 101. */
  sensors: integer({ min: 4, default: 101, help: 'sensors of u(x, 0), both ends of the period included' }),
  /** Points along x and along t at which solutions are given, ends included. Default 51. */
  points: integer({ min: 2, default: 51, help: 'points along x and along t at which solutions are given' }),
  /** Nodes of the reference solver in a period, a power of two. Default 128. */
  nodes: integer({ min: 16, default: 128, help: 'nodes of the reference solver in a period, a power of two' }),
  ...splitOptions(1000, 100, 200),
}))

/** Options of {@link nagumo}. */
export type NagumoOptions = OptionsOf<typeof options>

/** Times at which the reference solver stores its solution, and its steps between two of them. */
const [TIMES, STEPS] = [51, 4]

/**
 * The Nagumo equation as an operator from a random initial field:
 *
 *     u_t / T = ε u_xx + u (1 − u)(u − α), on [0, 1]², of period 1 in x,   u(x, 0) = u₀(x) = ½ + g(x),
 *     g Gaussian with covariance σ² (−Δ + τ²)^(−γ), γ = 2.5, τ = 5, σ = 60 (a deviation of about 0.3), and mean 0;   ε = 0.01, α = 0.3, T = 5
 *
 * Values above α grow to 1, others fall to 0, and fronts move between them. The hard condition is u = u₀(x) + t ·
 * (network's output). `trajectories` gives 51 frames at the nodes of the solver, 0.02 apart.
 *
 * Reference: Fourier and Runge–Kutta, 128 nodes and 200 steps.
 *
 * @throws INVALID_OPTION
 * @see Nagumo, Arimoto & Yoshizawa, Proc. IRE 1962; as an operator of spiking networks: arXiv 2511.06083
 * @example
 * const { values } = await nagumo().trajectories('test') // [200, 51, 128, 1]
 */
export const nagumo = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'nagumo',
    summary: 'operator u(x, 0) ↦ u(x, t), u_t = T (ε u_xx + u (1 − u)(u − α)), periodic',
    options,
    facts: {
      inputs: 'Gaussian random field around ½, covariance 60² (−Δ + 25)^−2.5',
      solution: 'Fourier, Runge–Kutta',
      kind: 'operator',
    },
  },
  (read) =>
    (settings: NagumoOptions = {}): TrajectoryProblem => {
      const { diffusivity, threshold, duration, sensors: m, points, nodes: n, ...split } = read(settings)
      whole('nagumo', 'log2(nodes)', Math.log2(n), 4)
      const frame = unitSquare('nagumo', { sensors: m, points }, split)
      const space = spectralField({ gamma: 2.5, tau: 5, sigma: 60, modes: 16 })
      const periodNodes = Float64Array.from({ length: n }, (_, i) => i / n)
      const start = 'u(x, 0) = u0(x)'
      const physics: Physics = {
        equation: 'u_t = T (eps u_xx + u (1 - u)(u - alpha))',
        order: [2, 1],
        interior: region(unitBox),
        residual(u, _, c) {
          const v = u.at(c)
          const reaction = mul(mul(v, sub(1, v)), sub(v, threshold))
          return sub(mul(u.d(c, 1), 1 / duration), add(mul(u.d(c, 0, 2), diffusivity), reaction))
        },
        conditions: [
          {
            name: start,
            region: region(unitBox, [null, 0]),
            residual: (u, f, c) => sub(u.at(c), interpolate1d(f, unit(m), c, 0)),
          },
          ...periodicInX(),
        ],
        hard: {
          satisfies: [start],
          apply: (raw, f, c) => add(interpolate1d(f, unit(m), c, 0), mul(raw, axisCoordinate(c, 1))),
        },
      }
      const solve = (f: SourceFunction): Float64Array =>
        solveNagumo({ diffusivity, threshold, duration, initial: f(periodNodes), times: TIMES, steps: STEPS })
      return trajectoryProblem({
        ...frame,
        signature: `1/2 + ${space.name}; ${diffusivity}, ${threshold}, ${duration}; Lawson on ${n} nodes, ${STEPS} steps`,
        sample: async (k, count) =>
          (await sampleFunctions(space, k, count)).map((g) => (at) => g(at).map((v) => 0.5 + v)),
        solve: (f, where) => resample(solve(f), [unit(n + 1), unit(TIMES)], where),
        physics,
        trajectory: { frames: TIMES, interval: 1 / (TIMES - 1), grid: [n], axes: [periodNodes], channels: ['u'] },
        rollout(f) {
          const u = solve(f)
          return Float64Array.from({ length: TIMES * n }, (_, i) => u[(i % n) * TIMES + Math.floor(i / n)]!)
        },
      })
    },
)
