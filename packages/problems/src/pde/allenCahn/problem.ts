import {
  add,
  cos,
  defineFactory,
  defineOptions,
  exp,
  integer,
  integers,
  mul,
  number,
  square,
  sub,
} from '@spikeward/core'
import type { OptionsOf, PinnProblem, Tensor } from '@spikeward/core'
import { d } from '../../equations/component.js'
import { initial, periodic } from '../../equations/conditions/conditions.js'
import { equationProblem } from '../../equations/equationProblem.js'
import { resample } from '../../interpolation/resample.js'
import { solveAllenCahn } from './solver.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Diffusivity D. Default 1e-4. */
  diffusivity: number({ min: 0, above: true, default: 1e-4, help: 'diffusivity D' }),
  /** Rate k of the reaction. Default 5. */
  rate: number({ min: 0, default: 5, help: 'rate k of the reaction' }),
  /** Time that t = 1 stands for in the first step of training; it grows to 1. 1: no continuation. Default 0.1. */
  startDuration: number({
    min: 0,
    above: true,
    max: 1,
    default: 0.1,
    help: 'time that t = 1 stands for at the start of training',
  }),
  /** Steps until t is time. Default 150. */
  continuation: integer({ min: 1, default: 150, help: 'steps until t = 1 stands for 1' }),
  /** Residuals weigh e^(−g t) with this g, because errors grow by e^(k t) where u is near 0. Default 5. */
  growth: number({ min: 0, default: 5, help: 'residuals weigh e^(−g t) with this g' }),
  /** Test points along x and t, cell centres. Default [256, 100]. */
  test: integers({
    min: 1,
    minLength: 2,
    maxLength: 2,
    default: [256, 100],
    help: 'test points along x and t, cell centres',
  }),
  /** Scattered validation points. Default 2000. */
  validation: integer({ min: 1, default: 2000, help: 'scattered validation points' }),
  /** Nodes of the reference solver in the period, a power of two. Default 512. */
  nodes: integer({ min: 16, default: 512, help: 'nodes of the reference solver in the period, a power of two' }),
}))

/** Options of {@link allenCahn}. */
export type AllenCahnOptions = OptionsOf<typeof options>

/** Times at which the reference solver stores its solution, and its steps between two of them. */
const [TIMES, STEPS] = [201, 5]

/**
 * The Allen–Cahn equation, whose layers sharpen to a width of √(2D/k), about 0.006:
 *
 *     u_t = D u_xx + k (u − u³) on [−1, 1] × [0, 1], of period 2 in x,   u(x, 0) = x² cos πx,   D = 1e-4, k = 5
 *
 * The hard conditions are u = x² cos πx + t · (network's output); periodicity stays in the loss. The initial values
 * have a kink at the ends of the period, which the solution smooths over the width √(D/k) of a layer: derivatives there
 * are compared in units of it.
 *
 * With the whole interval of time from the first step on, networks learn a wrong branch at late times. Training
 * therefore begins with the solution of a short time, stretched over the interval, u(x, s t) with s = `startDuration`,
 * which obeys u_t = s (D u_xx + k (u − u³)); s grows to 1 over `continuation` steps.
 *
 * Reference: Fourier and Runge–Kutta (relative L2 difference of 1e-5 from twice the nodes and half the step).
 *
 * @throws INVALID_OPTION
 * @see Wang, Sankaran & Perdikaris, Comput. Methods Appl. Mech. Eng. 2024 (causal weights)
 * @example const { physics } = allenCahn()
 */
export const allenCahn = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'allenCahn',
    summary: 'one equation, u_t = D u_xx + 5 (u − u³), periodic, solved by its residual',
    options,
    facts: { solution: 'Fourier, Runge–Kutta', kind: 'pinn' },
  },
  (read) =>
    (settings: AllenCahnOptions = {}): PinnProblem => {
      const { diffusivity, rate, startDuration, continuation, growth, test, validation, nodes } = read(settings)
      const wave = (x: Tensor): Tensor => mul(square(x), cos(mul(x, Math.PI)))
      return equationProblem({
        name: 'allen-cahn',
        axes: { x: [-1, 1], t: [0, 1] },
        equation: 'u_t = D u_xx + k (u - u^3)',
        residual: ({ u }, { t }, { coefficients: { duration } }) => {
          const reaction = mul(mul(u.value, sub(1, square(u.value))), rate)
          const left = sub(d(u, { t: 1 }), mul(duration!, add(mul(d(u, { x: 2 }), diffusivity), reaction)))
          return mul(left, exp(mul(t, -growth)))
        },
        continuation: { duration: { from: startDuration, to: 1, steps: continuation } },
        conditions: [
          initial({ u: ({ x }) => wave(x) }),
          periodic('x', ['u'], { length: Math.sqrt(diffusivity / Math.max(rate, 1)) }),
        ],
        hard: { apply: ({ u }, { x, t }) => ({ u: add(wave(x), mul(u, t)) }) },
        exact: reference({ diffusivity, rate, nodes }),
        points: { train: [40, 20], test, validation },
      })
    },
)

/** The reference solution, which is computed when its first value is requested. */
function reference(options: {
  readonly diffusivity: number
  readonly rate: number
  readonly nodes: number
}): (x: readonly number[]) => number[] {
  const lines = [
    { low: -1, high: 1, count: options.nodes + 1 },
    { low: 0, high: 1, count: TIMES },
  ]
  let solution: Float64Array | null = null
  return (at) => {
    solution ??= solveAllenCahn({ ...options, times: TIMES, steps: STEPS })
    return [...resample(solution, lines, { kind: 'points', x: Float64Array.from(at), axes: 2 })]
  }
}
