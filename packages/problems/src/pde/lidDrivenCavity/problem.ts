import {
  SpikewardError,
  add,
  choice,
  defineFactory,
  defineOptions,
  div,
  integer,
  mul,
  number,
  square,
  sub,
} from '@spikeward/core'
import type { OptionsOf, PinnProblem, Tensor } from '@spikeward/core'
import { type Component, biharmonic, d } from '../../equations/component.js'
import { condition, dirichlet } from '../../equations/conditions/conditions.js'
import { equationProblem } from '../../equations/equationProblem.js'
import { resample } from '../../interpolation/resample.js'
import { type SolveCavityOptions, solveCavity } from './solver.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Reynolds number. Default 100. */
  reynolds: number({ min: 1, max: 400, default: 100, help: 'Reynolds number' }),
  /** Velocity of the lid: 1, or 16x²(1 − x)², which vanishes smoothly in the corners. Default `uniform`. */
  lid: choice(['uniform', 'regularised'], {
    default: 'uniform',
    help: 'velocity of the lid: 1, or 16x²(1 − x)², which vanishes in the corners',
  }),
  /** Cells of the reference solver along each axis. Default 64. */
  cells: integer({ min: 8, default: 64, help: 'cells of the reference solver along each axis, an even number' }),
  /** Test points along each axis. Default 50. */
  test: integer({ min: 1, default: 50, help: 'test points along each axis' }),
  /** Scattered validation points. Default 1000. */
  validation: integer({ min: 1, default: 1000, help: 'scattered validation points' }),
}))

/** Options of {@link lidDrivenCavity}. */
export type LidDrivenCavityOptions = OptionsOf<typeof options>

/** u·∇(Δψ), with u = ψ_y and v = −ψ_x. */
function carried(psi: Component): Tensor {
  const [wx, wy] = [add(d(psi, { x: 3 }), d(psi, { x: 1, y: 2 })), add(d(psi, { y: 3 }), d(psi, { x: 2, y: 1 }))]
  return sub(mul(d(psi, { y: 1 }), wx), mul(d(psi, { x: 1 }), wy))
}

/** s(1 − s) squared: it vanishes with its slope at 0 and at 1. */
const bubble = (s: Tensor): Tensor => square(mul(s, sub(1, s)))

/** The squared distances from the two corners at the lid. */
const fromCorners = (x: Tensor, y: Tensor): [left: Tensor, right: Tensor] => {
  const down = square(sub(1, y))
  return [add(square(x), down), add(square(sub(1, x)), down)]
}

/**
 * The product of the squared distances from both upper corners below which a residual of the uniform lid counts less.
 */
const NEAR = 0.05

/** A stream function with the velocities of the border: of the lid, and 0 elsewhere. */
const lifts: Readonly<Record<'uniform' | 'regularised', (x: Tensor, y: Tensor) => Tensor>> = {
  uniform(x, y) {
    const [left, right] = fromCorners(x, y)
    return div(mul(mul(square(y), sub(y, 1)), bubble(x)), add(mul(left, right), 1e-12))
  },
  regularised: (x, y) => mul(mul(bubble(x), mul(square(y), sub(y, 1))), 16),
}

/**
 * The lid-driven cavity: steady flow in a square whose upper side moves, by its stream function, an equation of fourth
 * order,
 *
 *     Δ²ψ/Re = ψ_y (Δψ)_x − ψ_x (Δψ)_y   on [0, 1]²,   u = ψ_y, v = −ψ_x
 *     u = v = 0 on the border, but u = 1 on the lid y = 1 (`uniform`), or 16x²(1 − x)² (`regularised`);   Re = 100
 *
 * The hard conditions are ψ = lift + 16 x²(1 − x)² y²(1 − y)² · (network's output); they satisfy all conditions. The
 * lift of the uniform lid is y²(y − 1) x²(1 − x)² / (a b), with a and b the squared distances from the two upper
 * corners, where the vorticity grows like 1/r; its residual is multiplied by (ab/(ab + 0.05))², which is finite in the
 * corners and near 1 elsewhere. The lift of the regularised lid is 16 y²(y − 1) x²(1 − x)².
 *
 * Reference: central differences on 64² and 32² cells, extrapolated. Velocities on the centrelines are within 0.01 of
 * Ghia, Ghia & Shin (`ghia100`), and the extreme values within 0.002 of the spectral ones of Botella and Peyret.
 *
 * @throws INVALID_OPTION; SOLVER_DIVERGED by `points` and `target` if the reference does not converge
 * @see Ghia, Ghia & Shin, J. Comput. Phys. 1982; Botella & Peyret, Comput. Fluids 1998
 * @example const { physics } = lidDrivenCavity({ reynolds: 100 })
 */
export const lidDrivenCavity = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'lidDrivenCavity',
    summary:
      'one equation of fourth order, the stream function of flow in a square under a moving lid, solved by its residual',
    options,
    facts: { solution: 'differences, extrapolated', kind: 'pinn' },
  },
  (read) =>
    (settings: LidDrivenCavityOptions = {}): PinnProblem => {
      const { reynolds, lid, cells, test, validation } = read(settings)
      if (cells % 2 !== 0)
        throw new SpikewardError(
          'INVALID_OPTION',
          `lidDrivenCavity: cells = ${cells}; the reference also needs half as many: give an even number`,
        )
      const velocity = lid === 'uniform' ? (): number => 1 : (x: number): number => 16 * (x * (1 - x)) ** 2
      const slopes = [
        condition('psi_x = 0 at x = 0', { x: 0 }, ({ psi }) => d(psi!, { x: 1 })),
        condition('psi_x = 0 at x = 1', { x: 1 }, ({ psi }) => d(psi!, { x: 1 })),
        condition('psi_y = 0 at y = 0', { y: 0 }, ({ psi }) => d(psi!, { y: 1 })),
        condition('psi_y = g at y = 1', { y: 1 }, ({ psi }, { x }) =>
          sub(d(psi!, { y: 1 }), lid === 'uniform' ? 1 : mul(bubble(x), 16)),
        ),
      ]
      return equationProblem({
        name: 'lid-driven-cavity',
        axes: { x: [0, 1], y: [0, 1] },
        unknowns: ['psi'],
        equation: 'laplace^2 psi / Re = psi_y (laplace psi)_x - psi_x (laplace psi)_y',
        residual({ psi }, { x, y }) {
          const balance = sub(mul(biharmonic(psi!), 1 / reynolds), carried(psi!))
          if (lid === 'regularised') return balance
          const [left, right] = fromCorners(x, y)
          const both = mul(left, right)
          return mul(balance, square(div(both, add(both, NEAR))))
        },
        conditions: [dirichlet({ psi: 0 }), ...slopes],
        hard: {
          apply: ({ psi }, { x, y }) => ({ psi: add(lifts[lid](x, y), mul(psi!, mul(mul(bubble(x), bubble(y)), 16))) }),
          satisfies: [
            ...['x = 0', 'x = 1', 'y = 0', 'y = 1'].map((wall) => `psi = 0 on ${wall}`),
            ...['psi_x = 0 at x = 0', 'psi_x = 0 at x = 1', 'psi_y = 0 at y = 0', 'psi_y = g at y = 1'],
          ],
        },
        exact: reference({ reynolds, cells, lid: velocity }),
        points: { train: 20, test, validation },
      })
    },
)

/** The reference solution at the nodes of the coarser grid, which is computed when its first value is requested. */
function reference({ cells, ...flow }: Omit<SolveCavityOptions, 'source'>): (x: readonly number[]) => number[] {
  const count = cells / 2 + 1
  const line = { low: 0, high: 1, count }
  let solution: Float64Array | null = null
  const solve = (): Float64Array => {
    const [fine, coarse] = [solveCavity({ ...flow, cells }), solveCavity({ ...flow, cells: cells / 2 })]
    // Errors of order h²: those of the coarser grid are four times as large.
    return coarse.map((v, k) => {
      const [i, j] = [Math.floor(k / count), k % count]
      return (4 * fine[2 * i * (cells + 1) + 2 * j]! - v) / 3
    })
  }
  return (at) => {
    solution ??= solve()
    return [...resample(solution, [line, line], { kind: 'points', x: Float64Array.from(at), axes: 2 })]
  }
}
