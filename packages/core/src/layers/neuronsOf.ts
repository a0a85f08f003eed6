import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import { collect } from './collect.js'

/** Spikes and membranes of a layer's units after each time step, both [T, N, n]; [] for units without a membrane. */
export type LayerRecord = { readonly spikes: Tensor; readonly membranes: Tensor | readonly [] }

/**
 * A function that returns spikes and membranes of a network after each time step, which training computes and does not store: those that
 * {@link collect} finds in time loops. All time steps are in memory.
 *
 * @returns function of parameters and other arguments, with the records by the names of the layers that drive the units, in the order of the
 *   forward pass
 * @example neuronsOf(network.apply)(variables, x)['trained.layers.0.weight'].spikes // [T, N, n]
 */
export const neuronsOf =
  <P extends Tree, A extends readonly Tree[]>(fn: (params: P, ...rest: A) => Tree) =>
  (params: P, ...rest: A): { readonly [name: string]: LayerRecord } => {
    const spiking = collect(fn, { at: 'spikes', time: 'each' })
    const [[, spikes], membranes] = collect(spiking, { at: 'membranes', time: 'each' })(params, ...rest)
    return Object.fromEntries(
      Object.entries(spikes).map(([id, own]) => [id, { spikes: own, membranes: membranes[id] ?? [] }]),
    )
  }
