import {
  add,
  choice,
  defineFactory,
  defineOptions,
  integer,
  mul,
  sin,
  square,
  sub,
  div,
  pow,
  sqrt,
} from '@spikeward/core'
import type { OptionsOf, PinnProblem, Tensor } from '@spikeward/core'
import { laplacian, sum } from '../../equations/component.js'
import { dirichlet } from '../../equations/conditions/conditions.js'
import { byDistance } from '../../equations/byDistance.js'
import { type EquationSpec, equationProblem } from '../../equations/equationProblem.js'
import { box } from '../../shapes/box.js'
import { disc } from '../../shapes/ball.js'
import { difference } from '../../shapes/combine.js'
import { polygon } from '../../shapes/polygon.js'
import { solvePoissonOnL } from './solver.js'

/** Newton steps for a cosine of a third of an angle: quadratic convergence from above, to the last bit of f32. */
const STEPS = 6

/**
 * The harmonic function of a corner of 270° that vanishes on both of its edges, which bound the quadrant x > 0, y < 0,
 *
 *     s = r^(2/3) sin(2θ/3) = r^(2/3) (2c² − 1),   c = cos(φ/3),   θ = φ + 3π/4 from the axis y = 0, x > 0
 *
 * with c the root of 4c³ − 3c = cos φ in [1/√2, 1], by Newton's method from 1: no inverse function of an angle is
 * needed. Solutions of Poisson's equation behave like s near such a corner: their gradients grow like r^(−1/3).
 */
export function cornerFunction(x: Tensor, y: Tensor): Tensor {
  const squares = add(add(square(x), square(y)), 1e-12)
  const cosine = div(mul(sub(y, x), Math.SQRT1_2), sqrt(squares))
  let c: Tensor = add(mul(cosine, 0), 1)
  for (let i = 0; i < STEPS; i++) {
    const value = sub(mul(c, sub(mul(square(c), 4), 3)), cosine)
    c = sub(c, div(value, sub(mul(square(c), 12), 3)))
  }
  return mul(pow(squares, 1 / 3), sub(mul(square(c), 2), 1))
}

const options = /* @__PURE__ */ defineOptions(() => ({
  /**
   * Domain: unit square, unit disc, [−1, 1]² without [0, 1] × [−1, 0], or [−1, 1]² without a disc. Default `square`.
   */
  shape: choice(['square', 'disc', 'l', 'hole'], {
    default: 'square',
    help: 'domain: unit square, unit disc, an L, or a plate with a hole',
  }),
  /** Test points along each axis. Default 50. */
  test: integer({ min: 1, default: 50, help: 'test points along each axis' }),
  /** Scattered validation points. Default 1000. */
  validation: integer({ min: 1, default: 1000, help: 'scattered validation points' }),
}))

/** Options of {@link poisson2d}. */
export type Poisson2dOptions = OptionsOf<typeof options>

/**
 * The Poisson equation in the plane, −Δu = f, with u given on the boundary:
 *
 * - `square`: [0, 1]², u = sin πx sin πy, f = 2π² u, u = 0 on the boundary
 * - `disc`: |x| ≤ 1, u = (1 − x² − y²) (1 + x y), f = 4 + 12 x y
 * - `l`: [−1, 1]² without [0, 1] × [−1, 0], f = 1, u = 0 on the boundary; u is singular at the corner that points
 *   inward. Its reference solution comes from finite differences with 128 cells per unit and has an error of about 2e-4
 * - `hole`: [−1, 1]² without the disc of radius 0.4 in its centre, u = (1 − x²)(1 − y²)(x² + y² − 0.16)
 *
 * The hard conditions multiply the network's output by a distance function; on the L by r^(2/3) sin(2θ/3) · (1 − x²)(1
 * − y²), which is singular in the corner like the solution.
 *
 * @throws INVALID_OPTION
 * @example const { physics } = poisson2d({ shape: 'disc' })
 */
export const poisson2d = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'poisson2d',
    summary: 'one equation, −Δu = f on a square, a disc, an L or a plate with a hole, solved by its residual',
    options,
    facts: { solution: 'exact; on the L differences', kind: 'pinn' },
  },
  (read) =>
    (settings: Poisson2dOptions = {}): PinnProblem => {
      const { shape, test, validation } = read(settings)
      return equationProblem({ ...cases[shape](), points: { train: 20, test, validation } })
    },
)

const { PI } = Math

const cases: Readonly<Record<'square' | 'disc' | 'l' | 'hole', () => EquationSpec>> = {
  square() {
    const domain = box([
      [0, 1],
      [0, 1],
    ])
    return {
      name: 'poisson-2d',
      axes: { x: [0, 1], y: [0, 1] },
      equation: '-laplace u = 2 pi^2 sin(pi x) sin(pi y)',
      residual: ({ u }, { x, y }) => add(laplacian(u), mul(mul(sin(mul(x, PI)), sin(mul(y, PI))), 2 * PI ** 2)),
      conditions: [dirichlet({ u: 0 })],
      hard: byDistance(domain, { u: 0 }),
      exact: ([x = 0, y = 0]) => [Math.sin(PI * x) * Math.sin(PI * y)],
    }
  },
  disc() {
    const domain = disc({ center: [0, 0], radius: 1 })
    return {
      name: 'poisson-2d',
      shape: domain,
      equation: '-laplace u = 4 + 12 x y',
      residual: ({ u }, { x, y }) => add(laplacian(u), add(mul(mul(x, y), 12), 4)),
      conditions: [dirichlet({ u: 0 })],
      hard: byDistance(domain, { u: 0 }),
      exact: ([x = 0, y = 0]) => [(1 - x * x - y * y) * (1 + x * y)],
    }
  },
  l() {
    const domain = polygon([
      [-1, -1],
      [0, -1],
      [0, 0],
      [1, 0],
      [1, 1],
      [-1, 1],
    ])
    return {
      name: 'poisson-2d',
      shape: domain,
      equation: '-laplace u = 1',
      residual: ({ u }) => add(laplacian(u), 1),
      conditions: [dirichlet({ u: 0 })],
      // A distance function times the network would be smooth in the corner, where the solution is not.
      hard: {
        apply: ({ u }, { x, y }) => ({
          u: mul(u, mul(cornerFunction(x, y), mul(sub(1, square(x)), sub(1, square(y))))),
        }),
      },
      exact: lazily(() => solvePoissonOnL({ cells: 128, source: () => 1 })),
    }
  },
  hole() {
    const radius = 0.4
    const plate = box([
      [-1, 1],
      [-1, 1],
    ])
    const domain = difference(plate, disc({ center: [0, 0], radius }))
    return {
      name: 'poisson-2d',
      shape: domain,
      equation: '-laplace u = -laplace ((1 - x^2)(1 - y^2)(x^2 + y^2 - 0.16))',
      residual({ u }, { x, y }) {
        const [a, b] = [square(x), square(y)]
        const [p, q] = [sub(1, a), sub(1, b)]
        // Δ(AB) = B ΔA + 2 ∇A·∇B + A ΔB with A = (1 − x²)(1 − y²) and B = x² + y² − r².
        const known = sum([
          mul(mul(sub(add(a, b), radius ** 2), add(p, q)), -2),
          mul(add(mul(a, q), mul(b, p)), -8),
          mul(mul(p, q), 4),
        ])
        return sub(laplacian(u), known)
      },
      conditions: [dirichlet({ u: 0 })],
      hard: byDistance(domain, { u: 0 }),
      exact: ([x = 0, y = 0]) => [(1 - x * x) * (1 - y * y) * (x * x + y * y - radius ** 2)],
    }
  },
}

/** A reference solution that is computed when its first value is requested. */
function lazily(solve: () => (x: number, y: number) => number): (x: readonly number[]) => number[] {
  let solution: ((x: number, y: number) => number) | null = null
  return ([x = 0, y = 0]) => {
    solution ??= solve()
    return [solution(x, y)]
  }
}
