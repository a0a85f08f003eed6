import { add, defineFactory, defineOptions, integer, mul, number, sub } from '@spikeward/core'
import type { Condition, OperatorProblem, OptionsOf, Physics } from '@spikeward/core'
import { sampleFunctions } from '../../spaces/sampleFunctions.js'
import { spectralField } from '../../spaces/spectralField.js'
import { solveBurgers } from './solver.js'
import { whole } from '../../checks.js'
import { resample } from '../../interpolation/resample.js'
import { interpolate1d } from '../../interpolation/interpolateSensors.js'
import { axisCoordinate } from '../../geometry/coordinates.js'
import { generatedProblem } from '../../operatorProblem/generatedProblem.js'
import { splitOptions } from '../../operatorProblem/splitOptions.js'
import { region } from '../../geometry/region.js'
import { periodicInX, unit, unitBox, unitSquare } from '../../operatorProblem/unitSquare.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** ν. Default 0.01. */
  viscosity: number({ min: 0, above: true, default: 0.01, help: 'viscosity ν' }),
  /** Sensors of u₀, equally spaced, both ends of the period included. Default 101. */
  sensors: integer({ min: 4, default: 101, help: 'sensors of u(x, 0), both ends of the period included' }),
  /** Points along x and along t at which solutions are given, ends included. Default 51. */
  points: integer({ min: 2, default: 51, help: 'points along x and along t at which solutions are given' }),
  /** Nodes of the reference solver in a period, a power of two. Default 128. */
  nodes: integer({ min: 16, default: 128, help: 'nodes of the reference solver in a period, a power of two' }),
  /** Runge–Kutta steps of the reference solver from t = 0 to 1, a multiple of 50. Default 100. */
  steps: integer({ min: 50, default: 100, help: 'Runge–Kutta steps of the reference solver, a multiple of 50' }),
  ...splitOptions(1000, 100, 200),
}))

/** Options of {@link burgers}. */
export type BurgersOptions = OptionsOf<typeof options>

/** Times at which the reference solver stores its solution. */
const TIMES = 51

/**
 * Burgers' equation as an operator from the initial values:
 *
 *     u_t + u u_x = ν u_xx, ν = 0.01, on [0, 1]², of period 1 in x,   u(x, 0) = u₀(x),
 *     u₀ Gaussian with covariance σ² (−Δ + τ²)^(−γ), γ = 4, τ = 5, σ = 25², and mean 0 over the period
 *
 * The conditions demand periodicity of u and of u_x at x = 0 and x = 1. The hard condition is u = u₀(x) + t ·
 * (network's output): it satisfies the initial values, and leaves periodicity to the network or to the loss.
 *
 * Reference: pseudo-spectral, 128 nodes, dealiased, with integrating factor and Runge–Kutta steps of 0.01 (relative L2
 * difference of 2e-6 from twice the nodes and a quarter of the step).
 *
 * @throws INVALID_OPTION
 */
export const burgers = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'burgers',
    summary: 'operator u(x, 0) ↦ u(x, t), u_t + u u_x = ν u_xx, periodic',
    options,
    facts: {
      inputs: 'Gaussian random field, covariance 25⁴ (−Δ + 25)⁻⁴',
      solution: 'pseudo-spectral',
      kind: 'operator',
    },
  },
  (read) =>
    (settings: BurgersOptions = {}): OperatorProblem => {
      const { viscosity, sensors: m, points, nodes: n, steps, ...split } = read(settings)
      whole('burgers', 'steps / 50', steps / (TIMES - 1), 1)
      const frame = unitSquare('burgers', { sensors: m, points }, split)
      const space = spectralField({ gamma: 4, tau: 5, sigma: 625, modes: 40 })
      const periodNodes = Float64Array.from({ length: n }, (_, i) => i / n)
      const start: Condition = {
        name: 'u(x, 0) = u0(x)',
        region: region(unitBox, [null, 0]),
        residual: (u, f, c) => sub(u.at(c), interpolate1d(f, unit(m), c, 0)),
      }
      const physics: Physics = {
        equation: 'u_t + u u_x = nu u_xx',
        order: [2, 1],
        interior: region(unitBox),
        residual: (u, _, c) => sub(add(u.d(c, 1), mul(u.at(c), u.d(c, 0))), mul(u.d(c, 0, 2), viscosity)),
        conditions: [start, ...periodicInX()],
        hard: {
          satisfies: [start.name],
          apply: (raw, f, c) => add(interpolate1d(f, unit(m), c, 0), mul(raw, axisCoordinate(c, 1))),
        },
      }
      return generatedProblem({
        ...frame,
        signature: `${space.name}; viscosity ${viscosity}; pseudo-spectral on ${n} nodes, ${steps} steps`,
        sample: (k, count) => sampleFunctions(space, k, count),
        solve(f, where) {
          const u = solveBurgers({
            viscosity,
            length: 1,
            initial: f(periodNodes),
            end: 1,
            times: TIMES,
            steps: steps / (TIMES - 1),
          })
          // The right end of the period is its left end.
          const whole = new Float64Array((n + 1) * TIMES)
          whole.set(u)
          whole.set(u.subarray(0, TIMES), n * TIMES)
          return resample(whole, [unit(n + 1), unit(TIMES)], where)
        },
        physics,
      })
    },
)
