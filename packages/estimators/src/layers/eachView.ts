import { grad as gradOf, layersOf, passDown, traces, treeLeaves, treePaths } from '@spikeward/core'
import type { Key, Layer, Loss, Tensor, Tree } from '@spikeward/core'
import { checkOwned, locateViews, ownedBy } from './locate.js'
import type { Located } from './locate.js'

/** An estimate: the value of the loss, the gradient, the cost in forward passes. */
export type ViewEstimate<P extends Tree> = { readonly value: Tensor; readonly grad: P; readonly spent: number }

/**
 * Estimates a loss that may be a mean over samples in more than one way (`LossParts.others`): the parameters of each view get the estimate of
 * that view. Views share only the forward pass, so this adds no bias and no variance. The cost is the sum, and each view has its own key
 * (`key.fold(position)`).
 *
 * Parameters above all layers, such as a bias of the outputs, belong to no view; their gradient is exact, and takes no pass over time.
 *
 * @throws PARAMETER_WITHOUT_LAYER if a parameter acts below a layer and belongs to no view
 */
export function eachView<P extends Tree>(
  estimator: string,
  loss: Loss<P>,
  params: P,
  key: Key,
  estimate: (at: Located<P>, key: Key) => ViewEstimate<P>,
): ViewEstimate<P> {
  const found = locateViews(estimator, loss, params)
  const views = found.filter((at) => ownedBy(at).length > 0)
  const owned = new Set(views.flatMap(ownedBy))
  const paths = treePaths(params)
  const strays = paths.flatMap((_, leaf) => (owned.has(leaf) ? [] : [leaf]))
  const leaves = treeLeaves(params)
  const grad = [...leaves]
  const put = (at: readonly number[], of: P): void => {
    const own = treeLeaves(of)
    for (const leaf of at) grad[leaf] = own[leaf]!
  }
  if (strays.length > 0) {
    const layers = layersOf(loss, params)
    const below = (leaf: number): boolean => layers.some((l) => l.input.includes(paths[leaf]!))
    checkOwned(estimator, paths[strays.find(below) ?? -1], layers)
    put(strays, gradientAbove(loss, params, layers))
  }
  const each = views.map((at, i) => estimate(at, views.length < 2 ? key : key.fold(i)))
  views.forEach((at, i) => put(ownedBy(at), each[i]!.grad))
  const spent = each.reduce((n, e) => n + e.spent, 0)
  return { value: each[0]?.value ?? loss(params), grad: found[0]!.rebuild(grad), spent: spent || 1 }
}

/** The gradient of a loss above all its layers: no error passes down through them. */
function gradientAbove<P extends Tree>(loss: Loss<P>, params: P, layers: readonly Layer[]): P {
  const stop = Object.fromEntries(layers.map(({ name }) => [name, 'stop' as const]))
  return gradOf((p: P) => passDown(traces(loss))(stop, p))(params)
}
