import { type Tensor, collapsedJet, exp, jet, jit, jvp, mul, onesLike, sin, tensor, toBackend } from '@spikeward/core'
import { ensure, type Check } from '../../check.js'
import { lacks, type BackendUnderTest } from '../backendUnderTest.js'

/** The orders (along x, along y) of all derivatives of total order 1 to 4. */
const ORDERS = [1, 2, 3, 4].flatMap((total) =>
  Array.from({ length: total + 1 }, (_, b): readonly [number, number] => [total - b, b]),
)

/** Largest error allowed, relative to the largest derivative, which is 16 e^(1/2). */
const RELATIVE = { f32: 2e-5, f64: 1e-12 } as const

const X = [-1, -0.3, 0.2, 0.9]
const Y = [0.1, -0.7, 1.1, 0.4]

/**
 * The derivatives up to order 4 of u = exp(x/2) sin(2y), mixed ones included, compiled for the backend, in Taylor mode
 * and by nested jvps:
 *
 *     ∂ᵃ⁺ᵇu/∂xᵃ∂yᵇ = (1/2)ᵃ 2ᵇ exp(x/2) sin(2y + bπ/2)
 */
export function fieldDerivativeChecks(): Check<BackendUnderTest>[] {
  return (['f32', 'f64'] as const).flatMap((dtype) => [
    biharmonicCheck(dtype),
    ...(['in Taylor mode', 'by nested jvps'] as const).map(
      (mode): Check<BackendUnderTest> => ({
        group: 'derivatives',
        name: `of a field up to order 4, ${mode}, ${dtype}`,
        skip: (s) => lacks(s, dtype),
        async run({ backend }) {
          const derivative = mode === 'in Taylor mode' ? byJet : byJvps
          const all = jit((x: Tensor, y: Tensor) =>
            ORDERS.map(([a, b]) => derivative((s) => derivative((t) => field(s, t), y, b), x, a)),
          )
          const [x, y] = await toBackend([tensor(X, { dtype }), tensor(Y, { dtype })] as const, backend)
          const derivatives = all(x, y)
          for (const [i, [a, b]] of ORDERS.entries()) {
            const values = await derivatives[i]!.data()
            for (const [j, v] of values.entries()) {
              const exact = 0.5 ** a * 2 ** b * Math.exp(X[j]! / 2) * Math.sin(2 * Y[j]! + (b * Math.PI) / 2)
              ensure(
                Math.abs(v - exact) <= RELATIVE[dtype] * 16 * Math.exp(0.5),
                () =>
                  `order ${a} along x and ${b} along y at (${X[j]}, ${Y[j]}): ${v}, but the exact value is ${exact}`,
              )
            }
          }
          for (const t of [...derivatives, x, y]) t.dispose()
          all.dispose()
        },
      }),
    ),
  ])
}

/**
 * The biharmonic operator of u in collapsed Taylor mode, along three directions at angles of 60°:
 *
 *     Δ²u = (8/9) Σ_i ∂⁴u/∂v_i⁴ = (1/4 − 4)² u
 */
function biharmonicCheck(dtype: 'f32' | 'f64'): Check<BackendUnderTest> {
  return {
    group: 'derivatives',
    name: `of a field, its biharmonic operator in collapsed Taylor mode, ${dtype}`,
    skip: (s) => lacks(s, dtype),
    async run({ backend }) {
      const operator = jit((x: Tensor, y: Tensor) => {
        const directions = [0, 1, 2].map((k): [Tensor, Tensor] => [
          mul(onesLike(x), Math.cos((k * Math.PI) / 3)),
          mul(onesLike(y), Math.sin((k * Math.PI) / 3)),
        ])
        return collapsedJet(field, [x, y], directions, 4, { weights: [8 / 9, 8 / 9, 8 / 9] })
      })
      const [x, y] = await toBackend([tensor(X, { dtype }), tensor(Y, { dtype })] as const, backend)
      const [u, result] = operator(x, y)
      const values = await result.data()
      for (const [j, v] of values.entries()) {
        const exact = 3.75 ** 2 * Math.exp(X[j]! / 2) * Math.sin(2 * Y[j]!)
        ensure(
          Math.abs(v - exact) <= RELATIVE[dtype] * 16 * Math.exp(0.5),
          () => `the biharmonic operator at (${X[j]}, ${Y[j]}): ${v}, but the exact value is ${exact}`,
        )
      }
      for (const t of [u, result, x, y]) t.dispose()
      operator.dispose()
    },
  }
}

const field = (x: Tensor, y: Tensor): Tensor => mul(exp(mul(x, 0.5)), sin(mul(y, 2)))

type Along = (f: (t: Tensor) => Tensor, at: Tensor, order: number) => Tensor

const byJet: Along = (f, at, order) => (order === 0 ? f(at) : jet(f, [at], [onesLike(at)], order)[order]!)

const byJvps: Along = (f, at, order) =>
  order === 0 ? f(at) : byJvps((t) => jvp(f, [t], [onesLike(t)])[1], at, order - 1)
