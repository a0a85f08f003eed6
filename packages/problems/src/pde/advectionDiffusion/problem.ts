import { add, defineFactory, defineOptions, integer, mul, number, slice, sub } from '@spikeward/core'
import type { Coords, OperatorProblem, OptionsOf, Physics, Tensor } from '@spikeward/core'
import { whole } from '../../checks.js'
import { axisCoordinate, pointsOf } from '../../geometry/coordinates.js'
import { region } from '../../geometry/region.js'
import { sensorsOfSeveral } from '../../geometry/sensors.js'
import { interpolate1d } from '../../interpolation/interpolateSensors.js'
import { generatedProblem } from '../../operatorProblem/generatedProblem.js'
import { splitOptions } from '../../operatorProblem/splitOptions.js'
import { periodicInX, unit, unitBox, unitSquare } from '../../operatorProblem/unitSquare.js'
import { sampleFunctions } from '../../spaces/sampleFunctions.js'
import { spectralField } from '../../spaces/spectralField.js'
import { solveAdvectionDiffusion } from './solver.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Speed c. Default 1. */
  speed: number({ default: 1, help: 'speed c' }),
  /** Diffusivity D. Default 0.01. */
  diffusivity: number({ min: 0, above: true, default: 0.01, help: 'diffusivity D' }),
  /** Sensors of f, and as many of u₀, equally spaced, both ends of the period included. Default 101. */
  sensors: integer({
    min: 4,
    default: 101,
    help: 'sensors of f, and as many of u(x, 0), both ends of the period included',
  }),
  /** Points along x and along t at which solutions are given, ends included. Default 41. */
  points: integer({ min: 2, default: 41, help: 'points along x and along t at which solutions are given' }),
  /** Nodes of the reference solver in a period, a power of two. Default 64. */
  nodes: integer({ min: 8, default: 64, help: 'nodes of the reference solver in a period, a power of two' }),
  ...splitOptions(1000, 100, 200),
}))

/** Options of {@link advectionDiffusion}. */
export type AdvectionDiffusionOptions = OptionsOf<typeof options>

/**
 * Advection and diffusion as an operator of two input functions, the source and the initial values:
 *
 *     u_t + c u_x = D u_xx + f(x), on [0, 1]², of period 1 in x,   u(x, 0) = u₀(x),   c = 1, D = 0.01,
 *     f and u₀ independent and Gaussian with covariance σ² (−Δ + τ²)^(−γ), γ = 3, τ = 5, σ = 350 (a deviation of about 1), and mean 0
 *
 * A row of sensor values holds f and then u₀ (`sensors.functions`), for a network with a branch for each (`mioNet`), or
 * with one branch of both. The hard condition is u = u₀(x) + t · (network's output).
 *
 * Reference: Fourier series, exact for waves that the nodes resolve; they resolve those of f and u₀.
 *
 * @throws INVALID_OPTION
 * @see operators of several input functions: Jin, Meng & Lu, SIAM J. Sci. Comput. 2022
 */
export const advectionDiffusion = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'advectionDiffusion',
    summary: 'operator (f, u(x, 0)) ↦ u(x, t), u_t + c u_x = D u_xx + f(x), periodic',
    options,
    facts: {
      inputs: 'two Gaussian random fields, covariance 350² (−Δ + 25)⁻³: source and initial values',
      solution: 'Fourier series',
      kind: 'operator',
    },
  },
  (read) =>
    (settings: AdvectionDiffusionOptions = {}): OperatorProblem => {
      const { speed, diffusivity, sensors: m, points, nodes: n, ...split } = read(settings)
      whole('advectionDiffusion', 'log2(nodes)', Math.log2(n), 3)
      const frame = unitSquare('advection-diffusion', { sensors: m, points }, split)
      const line = frame.sensors
      const space = spectralField({ gamma: 3, tau: 5, sigma: 350, modes: 8 })
      const periodNodes = Float64Array.from({ length: n }, (_, i) => i / n)
      /** The first function is f, the second u₀. */
      const input = (both: Tensor, which: number, c: Coords): Tensor =>
        interpolate1d(slice(both, [0, which * m], [both.shape[0]!, (which + 1) * m]), unit(m), c, 0)
      const start = 'u(x, 0) = u0(x)'
      const physics: Physics = {
        equation: 'u_t + c u_x = D u_xx + f(x)',
        order: [2, 1],
        interior: region(unitBox),
        residual: (u, both, c) =>
          sub(sub(add(u.d(c, 1), mul(u.d(c, 0), speed)), mul(u.d(c, 0, 2), diffusivity)), input(both, 0, c)),
        conditions: [
          {
            name: start,
            region: region(unitBox, [null, 0]),
            residual: (u, both, c) => sub(u.at(c), input(both, 1, c)),
          },
          ...periodicInX(),
        ],
        hard: {
          satisfies: [start],
          apply: (raw, both, c) => add(input(both, 1, c), mul(raw, axisCoordinate(c, 1))),
        },
      }
      /** The points of one of the functions, on its own axis. */
      const own = (which: number, at: Float64Array): Float64Array =>
        Float64Array.from({ length: 2 * at.length }, (_, i) => (i % 2 === 0 ? which : at[(i - 1) / 2]!))
      const [sourceNodes, initialNodes] = [own(0, periodNodes), own(1, periodNodes)]
      return generatedProblem({
        ...frame,
        sensors: sensorsOfSeveral([
          { name: 'f', ...line },
          { name: 'u0', ...line },
        ]),
        signature: `f and u0: ${space.name}; ${speed}, ${diffusivity}; Fourier on ${n} nodes`,
        async sample(k, count) {
          const samples = await sampleFunctions(space, k, 2 * count)
          // The basis of the space is computed once for each array of points.
          const known = new WeakMap<Float64Array, Float64Array>()
          const places = (at: Float64Array): Float64Array => {
            const x = known.get(at) ?? at.filter((_, j) => j % 2 === 1)
            known.set(at, x)
            return x
          }
          return Array.from({ length: count }, (_, i) => (at: Float64Array) => {
            const x = places(at)
            const [f, u0] = [samples[2 * i]!(x), samples[2 * i + 1]!(x)]
            return x.map((_, j) => (at[2 * j] === 0 ? f : u0)[j]!)
          })
        },
        solve(both, where) {
          const [source, initial] = [both(sourceNodes), both(initialNodes)]
          const u = solveAdvectionDiffusion({ speed, diffusivity, source, initial })
          const { x } = pointsOf(where)
          return Float64Array.from({ length: x.length / 2 }, (_, p) => u(x[2 * p]!, x[2 * p + 1]!))
        },
        physics,
      })
    },
)
