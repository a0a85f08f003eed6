import { key as keyOf } from '@spikeward/core'
import type { Backend, Key, Tree, Variables } from '@spikeward/core'
import { freshVariables } from '../fit/session.js'
import { fromHost, place } from './snapshot.js'
import type { Snapshot } from './snapshot.js'

/**
 * Rebuilds the variables of `network` from a snapshot, on `backend`.
 *
 * @param network its `init` gives the expected structure; a task works as well
 * @param options.template variables of the same network: gives the structure without an initialisation
 * @throws CHECKPOINT_MISMATCH, stating the expected and the actual structure, if the snapshot belongs to another
 * network
 * @example const variables = await restoreVariables(network, decodeCheckpoint(bytes))
 */
export async function restoreVariables<P extends Tree, F extends Tree>(
  network: { init(key: Key): Variables<P, F> },
  snapshot: Snapshot,
  options: { readonly backend?: Backend; readonly template?: Variables<P, F> } = {},
): Promise<Variables<P, F>> {
  const template =
    options.template ?? (await freshVariables((k: Key) => network.init(k), await place(keyOf(0), options.backend)))
  const isVariable = (path: string): boolean => path.startsWith('trained.') || path.startsWith('fixed.')
  return fromHost(template, snapshot.tensors, options.backend, (path) => !isVariable(path))
}
