import { add, treeFlatten, treePaths, treeUnflatten } from '@spikeward/core'
import type { Estimate, Estimator, LossParts, Tensor, Tree } from '@spikeward/core'
import { through, withParts } from './layers/through.js'
import { checkOwned, viewsOf } from './layers/affineLayers.js'

/** The leaves that belong to the affine layers of a view. */
const ownedBy = <P extends Tree>({ affineLayers }: LossParts<P>, paths: readonly string[]): number[] => {
  const named = new Set(affineLayers.flatMap((s) => [s.weight, s.bias]))
  return paths.flatMap((path, i) => (named.has(path) ? [i] : []))
}

/**
 * Extends an estimator of affine layers to losses that are means over samples in more than one way
 * (`LossParts.others`): the parameters of each view get the estimate of that view, with all other parameters held
 * constant. Views share only the forward pass, so this adds no bias and no variance. The cost is the sum, and each view
 * has its own key (`key.fold(position)`). The estimator must have no state.
 *
 * @throws PARAMETER_WITHOUT_LAYER if a parameter belongs to no view
 */
export function eachView<S extends Tree>(e: Estimator<S>): Estimator<S> {
  return {
    ...e,
    estimate(loss, params, state, ctx) {
      const paths = treePaths(params)
      const { parts } = loss
      const views = parts?.others === undefined ? [] : viewsOf(parts, paths)
      const live = views.map((view) => ({ view, own: ownedBy(view, paths) })).filter(({ own }) => own.length > 0)
      if (live.length < 2) return e.estimate(loss, params, state, ctx)
      const owned = new Set(live.flatMap(({ own }) => own))
      checkOwned(
        e.name,
        paths.find((_, i) => !owned.has(i)),
        views.flatMap((view) => view.affineLayers),
      )
      const { leaves, structure } = treeFlatten(params)
      const each = live.map(({ view, own }, i): Estimate<S, readonly Tensor[]> => {
        const { others: _, ...alone } = view
        const fill = (part: readonly Tensor[]): typeof params =>
          treeUnflatten(
            structure,
            leaves.map((t, leaf) => part[own.indexOf(leaf)] ?? t),
          ) as typeof params
        const name = (path: string): string => {
          const place = own.indexOf(paths.indexOf(path))
          return place < 0 ? `../${path}` : String(place)
        }
        const held = through(withParts(loss, alone), fill, name)
        const here = own.map((leaf) => leaves[leaf]!)
        return e.estimate<readonly Tensor[]>(held, here, state, { key: ctx.key.fold(i) })
      })
      const grad = [...leaves]
      live.forEach(({ own }, i) => own.forEach((leaf, k) => (grad[leaf] = each[i]!.grad[k]!)))
      return {
        value: each[0]!.value,
        grad: treeUnflatten(structure, grad) as typeof params,
        state,
        stats: { forwardEquivalents: each.map((r) => r.stats.forwardEquivalents).reduce((a, b) => add(a, b)) },
      }
    },
  }
}
