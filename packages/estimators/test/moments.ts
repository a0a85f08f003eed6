import { add, arange, key, mean, square, sub, sum, treeLeaves, treeMap, vmap } from '@spikeward/core'
import type { Estimator, Loss, Tensor, Tree } from '@spikeward/core'
import { bp } from '../src/index.js'
import { numbers } from './fixtures.js'
import { sample } from './sample.js'

/** The gradient by back-propagation. */
export const truth = <P extends Tree>({ loss, params }: { loss: Loss<P>; params: P }): P =>
  bp().estimate(loss, params, {}, { key: key(0) }).grad

/** ‖tree‖². */
export const squared = (tree: Tree): Tensor =>
  treeLeaves(tree)
    .map((x) => sum(square(x)))
    .reduce((a, b) => add(a, b))

/** Means over `n` keys of ĝ − g and of ‖ĝ − g‖², for a part of the parameters. */
export async function moments<P extends Tree, S extends Tree>(
  e: Estimator<S>,
  { loss, params, state = e.init(params) }: { loss: Loss<P>; params: P; state?: S },
  part: (p: P) => Tree,
  n: number,
): Promise<{ bias: number[]; variance: number }> {
  const g = part(truth({ loss, params }))
  const { miss, squared: variance } = sample((base) => {
    const each = vmap((i: Tensor) => {
      const miss = treeMap(sub, part(e.estimate(loss, params, state, { key: base.fold(i) }).grad), g)
      return { miss, squared: squared(miss) }
    })(arange(n, 'u32'))
    return { miss: treeMap((x) => mean(x, 0), each.miss), squared: mean(each.squared) }
  }, key(5))
  return { bias: await numbers(miss), variance: await variance.item() }
}
