import { observed } from '../interpreters/observer.js'
import type { LayerRecord } from '../interpreters/observer.js'
import type { Tree } from '../tensor/tree.js'
import { treeLeaves, treePaths } from '../tensor/tree.js'

/**
 * A function that returns spikes and membranes of a network after each time step, which training computes and does not store. All time
 * steps are in memory.
 *
 * A network shows its neurons by {@link observe} in its time loops, as the spiking networks of `@spikeward/operators` do.
 *
 * @returns function of parameters and other arguments, with the records by the paths of the layers' weights, in the order of the forward pass
 * @see flax's `Module.sow`
 * @example neuronsOf(network.apply)(variables, x)['trained.layers.0.weight'].spikes // [T, N, n]
 */
export const neuronsOf =
  <P extends Tree, A extends readonly Tree[]>(fn: (params: P, ...rest: A) => Tree) =>
  (params: P, ...rest: A): { readonly [name: string]: LayerRecord } => {
    const { seen } = observed(() => fn(params, ...rest))
    const paths = new Map<unknown, string>(treeLeaves(params).map((leaf, i) => [leaf, treePaths(params)[i]!]))
    return Object.fromEntries([...seen].map(([weight, record]) => [paths.get(weight) ?? '', record]))
  }
