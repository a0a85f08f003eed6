import { add, defineFactory, defineOptions, integer, integers, mul, sin, sub } from '@spikeward/core'
import type { OptionsOf, PinnProblem, Tensor } from '@spikeward/core'
import { laplacian } from '../../equations/component.js'
import { dirichlet } from '../../equations/conditions/conditions.js'
import { byDistance } from '../../equations/byDistance.js'
import { equationProblem } from '../../equations/equationProblem.js'
import { box } from '../../shapes/box.js'

/**
 * The exact solution u = sin a₁πx sin a₂πy of Δu + u = q.
 *
 * @param waves wave numbers a₁ and a₂
 * @returns [u] at a point [x, y]
 */
function helmholtz2dSolution(waves: readonly number[]): (at: readonly number[]) => [u: number] {
  const [a, b] = waves.map((n) => n * Math.PI) as [number, number]
  return ([x = 0, y = 0]) => [Math.sin(a * x) * Math.sin(b * y)]
}

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Wave numbers a₁ and a₂. Default [1, 4]. */
  waves: integers({
    min: 1,
    minLength: 2,
    maxLength: 2,
    default: [1, 4],
    help: 'wave numbers of the solution along x and y',
  }),
  /** Test points along each axis. Default 50. */
  test: integer({ min: 1, default: 50, help: 'test points along each axis' }),
  /** Scattered validation points. Default 1000. */
  validation: integer({ min: 1, default: 1000, help: 'scattered validation points' }),
}))

/** Options of {@link helmholtz2d}. */
export type Helmholtz2dOptions = OptionsOf<typeof options>

const square = [
  [-1, 1],
  [-1, 1],
] as const

/**
 * The Helmholtz equation Δu + u = q on [−1, 1]², u = 0 on the boundary, with u = sin a₁πx sin a₂πy:
 * q = (1 − (a₁π)² − (a₂π)²) u. The hard conditions multiply the network's output by a distance function.
 *
 * @throws INVALID_OPTION
 * @see Wang, Teng & Perdikaris, SIAM J. Sci. Comput. 2021
 * @example const { physics } = helmholtz2d({ waves: [1, 4] })
 */
export const helmholtz2d = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'helmholtz2d',
    summary: 'one equation, Δu + u = q on [−1, 1]² with u = sin a₁πx sin a₂πy, solved by its residual',
    options,
    facts: { solution: 'exact', kind: 'pinn' },
  },
  (read) =>
    (settings: Helmholtz2dOptions = {}): PinnProblem => {
      const { waves, test, validation } = read(settings)
      const [a, b] = waves.map((n) => n * Math.PI) as [number, number]
      const solution = (x: Tensor, y: Tensor): Tensor => mul(sin(mul(x, a)), sin(mul(y, b)))
      return equationProblem({
        name: 'helmholtz-2d',
        axes: { x: square[0], y: square[1] },
        equation: 'laplace u + u = q',
        residual: ({ u }, { x, y }) => sub(add(laplacian(u), u.value), mul(solution(x, y), 1 - a * a - b * b)),
        conditions: [dirichlet({ u: 0 })],
        hard: byDistance(box(square), { u: 0 }),
        exact: helmholtz2dSolution(waves),
        points: { train: 20, test, validation },
      })
    },
)
