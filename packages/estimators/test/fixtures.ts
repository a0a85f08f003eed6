import { add, matmul, mean, mul, sin, square, sub, sum, tanh, tensor, treeLeaves } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'

/**
 * A quadratic with gradient θ + c over a weight of 3×4 and a bias of 4: d = 16, entries of the gradient of similar
 * size.
 */
export type Affine = { readonly weight: Tensor; readonly bias: Tensor }
export const affine: Affine = {
  weight: tensor([
    [0.5, -1, 1.5, 1],
    [-0.8, 0.9, 1.1, -1.2],
    [1.3, 0.7, -0.6, 1],
  ]),
  bias: tensor([1, -1, 0.5, 1.5]),
}
export const quadratic = (p: Affine): Tensor =>
  add(add(mul(sum(square(p.weight)), 0.5), mul(sum(square(p.bias)), 0.5)), mul(sum(p.bias), 0.3))

/** A smooth network with two blocks, f64, to compare estimates with exact gradients. */
export type Net = { readonly hidden: Affine; readonly readout: Affine }
const inputs = tensor(
  [
    [0.1, 0.9],
    [-0.4, 0.3],
    [0.7, -0.8],
  ],
  { dtype: 'f64' },
)
const targets = tensor([[0.2], [-0.5], [0.9]], { dtype: 'f64' })
export const net: Net = {
  hidden: {
    weight: tensor(
      [
        [0.3, -0.2, 0.8],
        [0.5, 0.4, -0.7],
      ],
      { dtype: 'f64' },
    ),
    bias: tensor([0.1, 0, -0.2], { dtype: 'f64' }),
  },
  readout: { weight: tensor([[0.6], [-0.9], [0.4]], { dtype: 'f64' }), bias: tensor([0.05], { dtype: 'f64' }) },
}
export const netLoss = (p: Net): Tensor => {
  const hidden = tanh(add(matmul(inputs, p.hidden.weight), p.hidden.bias))
  const out = add(sin(matmul(hidden, p.readout.weight)), p.readout.bias)
  return mean(square(sub(out, targets)))
}

/** All numbers of a tree, one after another. */
export async function numbers(tree: Tree): Promise<number[]> {
  const parts = await Promise.all(treeLeaves(tree).map((t) => t.data()))
  return parts.flatMap((p) => [...p])
}

/** Σ x². */
export const squaredNorm = (x: readonly number[]): number => x.reduce((s, v) => s + v * v, 0)
