import { type Optimizer, type Tensor, type Tree, tensor, treeLeaves } from '@spikeward/core'

/** All numbers of a tree, one after another. */
export async function numbers(tree: Tree): Promise<number[]> {
  const parts = await Promise.all(treeLeaves(tree).map((t) => t.data()))
  return parts.flatMap((p) => [...p])
}

/** A f64 scalar parameter. */
export type Point = { readonly x: Tensor }
export const at = (...x: number[]): Point => ({ x: tensor(x, { dtype: 'f64' }) })

/** The updates that an optimiser makes of a series of gradients, at fixed parameters. */
export async function updatesOf<S extends Tree>(
  optimizer: Optimizer<S>,
  gradients: readonly number[][],
  params: Point,
): Promise<number[][]> {
  let state = optimizer.init(params)
  const made: number[][] = []
  for (const g of gradients) {
    const next = optimizer.update(at(...g), state, params)
    made.push(await numbers(next.updates))
    state = next.state
  }
  return made
}
