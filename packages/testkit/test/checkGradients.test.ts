import {
  add,
  cholesky,
  customJvp,
  greater,
  key,
  matmul,
  mul,
  normal,
  onesLike,
  relu,
  scan,
  sin,
  solveTriangular,
  square,
  stopGradient,
  sum,
  tanh,
  tensor,
  transpose,
  where,
  type Tensor,
} from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { checkGradients } from '../src/index.js'

const x = tensor([0.3, -1.2, 0.7], { dtype: 'f64' })
const m = tensor(
  [
    [1, 0.2],
    [-0.4, 2],
    [0.5, 0.6],
  ],
  { dtype: 'f64' },
)

describe('checkGradients', () => {
  it('accepts right derivatives of trees, with integers and keys held', async () => {
    await checkGradients(
      (p: { w: Tensor; n: Tensor }, y: Tensor) => ({ out: tanh(matmul(transpose(p.w), y)), size: sum(square(p.w)) }),
      [{ w: m, n: tensor([1, 2], { dtype: 'i32' }) }, x],
    )
    await checkGradients((k, y: Tensor) => sum(mul(normal(k, [3], { dtype: 'f64' }), square(y))), [key(3), x])
    await checkGradients(
      (y: Tensor) => scan((c: Tensor, s: Tensor) => [tanh(add(c, s)), mul(c, s)], tensor(0.1, { dtype: 'f64' }), y),
      [x],
    )
    await checkGradients(
      (a: Tensor, b: Tensor) =>
        solveTriangular(
          cholesky(
            add(
              matmul(transpose(a), a),
              tensor(
                [
                  [1, 0],
                  [0, 1],
                ],
                { dtype: 'f64' },
              ),
            ),
          ),
          b,
        ),
      [m, tensor([[1], [2]], { dtype: 'f64' })],
    )
  })

  it('takes f32 arguments in f64', () => checkGradients((y: Tensor) => sin(y), [tensor([1, 2])]))

  it('catches a wrong jvp, naming the element', async () => {
    const wrong = customJvp(
      (u) => square(u),
      ([u], [du]) => [square(u!), mul(mul(u!, where(greater(u!, 0.5), 2.001, mul(onesLike(u!), 2))), du!)],
    )
    await expect(checkGradients((p: { u: Tensor }) => ({ y: wrong(p.u) }), [{ u: x }])).rejects.toThrow(
      /forward mode disagrees .* in \d places; worst: jvp along direction \d, element y\[2\]: .*by central differences/,
    )
  })

  it('catches a value hidden from the derivative, and a kink', async () => {
    await expect(checkGradients((y: Tensor) => mul(y, stopGradient(y)), [x])).rejects.toThrow(/forward mode disagrees/)
    await expect(checkGradients((y: Tensor) => relu(y), [tensor([0, 1])])).rejects.toThrow(/element value\[0\]/)
  })

  it('skips differences if the derivative is a surrogate', async () => {
    const spike = customJvp(
      (u) => where(greater(u, 0), 1, mul(u, 0)),
      ([u], [du]) => [where(greater(u!, 0), 1, mul(u!, 0)), mul(tanh(u!), du!)],
    )
    await checkGradients((y: Tensor) => sum(spike(y)), [x], { differences: false })
    await expect(checkGradients((y: Tensor) => sum(spike(y)), [x])).rejects.toThrow(/forward mode/)
  })

  it('refuses a function of nothing that has a derivative', () =>
    expect(checkGradients((n: Tensor) => n, [tensor([1], { dtype: 'i32' })])).rejects.toThrow(/no argument is a float/))
})
