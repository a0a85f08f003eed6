import { add, grad as gradOf, layersOf, passDown, traces, treeFlatten, treePaths, treeUnflatten } from '@spikeward/core'
import type { Estimate, Estimator, Layer, Loss, LossParts, Tensor, Tree } from '@spikeward/core'
import { through, withParts } from './layers/through.js'
import { cost } from './cost.js'
import { checkOwned, partsOf, viewsOf } from './layers/affineLayers.js'

/** The leaves that belong to the layers of a view. */
const ownedBy = <P extends Tree>({ layers }: LossParts<P>, params: P, paths: readonly string[]): number[] => {
  const named = new Set(layers(params).flatMap((l) => [...l.weight, ...l.bias]))
  return paths.flatMap((path, i) => (named.has(path) ? [i] : []))
}

/**
 * Extends an estimator of layers to losses that are means over samples in more than one way (`LossParts.others`): the parameters of each view
 * get the estimate of that view, with all other parameters held constant. Views share only the forward pass, so this adds no bias and no
 * variance. The cost is the sum, and each view has its own key (`key.fold(position)`). The estimator must have no state.
 *
 * Parameters above all layers, such as a bias of the outputs, belong to no view; their gradient is exact, and takes no pass over time.
 *
 * @throws PARAMETER_WITHOUT_LAYER if a parameter acts below a layer and belongs to no view
 */
export function eachView<S extends Tree>(e: Estimator<S>): Estimator<S> {
  return {
    ...e,
    estimate(loss, params, state, ctx) {
      const paths = treePaths(params)
      const views = viewsOf(partsOf(e.name, loss), params)
      const live = views
        .map((view) => ({ view, own: ownedBy(view, params, paths) }))
        .filter(({ own }) => own.length > 0)
      const owned = new Set(live.flatMap(({ own }) => own))
      const strays = paths.flatMap((_, leaf) => (owned.has(leaf) ? [] : [leaf]))
      if (live.length < 2 && strays.length === 0) return e.estimate(loss, params, state, ctx)
      const { leaves, structure } = treeFlatten(params)
      const rebuild = (all: readonly Tensor[]): typeof params => treeUnflatten(structure, all) as typeof params
      const grad = [...leaves]
      if (strays.length > 0) {
        const layers = layersOf(loss, params)
        const below = (leaf: number): boolean => layers.some((l) => l.input.includes(paths[leaf]!))
        checkOwned(e.name, paths[strays.find(below) ?? -1], layers)
        const exact = treeFlatten(gradientAbove(loss, params, layers)).leaves
        for (const leaf of strays) grad[leaf] = exact[leaf]!
      }
      const each = live.map(({ view, own }, i): Estimate<S, readonly Tensor[]> => {
        const { others: _, ...alone } = view
        const fill = (part: readonly Tensor[]): typeof params =>
          rebuild(leaves.map((t, leaf) => part[own.indexOf(leaf)] ?? t))
        const name = (path: string): string => {
          const place = own.indexOf(paths.indexOf(path))
          return place < 0 ? `../${path}` : String(place)
        }
        const held = through(withParts(loss, alone), fill, name)
        const here = own.map((leaf) => leaves[leaf]!)
        const key = live.length < 2 ? ctx.key : ctx.key.fold(i)
        return e.estimate<readonly Tensor[]>(held, here, state, { key })
      })
      live.forEach(({ own }, i) => own.forEach((leaf, k) => (grad[leaf] = each[i]!.grad[k]!)))
      if (each.length === 0) return { value: loss(params), grad: rebuild(grad), state, stats: cost(1) }
      return {
        value: each[0]!.value,
        grad: rebuild(grad),
        state,
        stats: { forwardEquivalents: each.map((r) => r.stats.forwardEquivalents).reduce((a, b) => add(a, b)) },
      }
    },
  }
}

/** The gradient of a loss above all its layers: no error passes down through them. */
function gradientAbove<P extends Tree>(loss: Loss<P>, params: P, layers: readonly Layer[]): P {
  const stop = Object.fromEntries(layers.map(({ name }) => [name, 'stop' as const]))
  return gradOf((p: P) => passDown(traces(loss))(stop, p))(params)
}
