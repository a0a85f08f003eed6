import { key as keyOf, scope, trace } from '@spikeward/core'
import type { Backend, Key, Tree, Variables } from '@spikeward/core'
import { fromHost } from './snapshot.js'
import type { Snapshot } from './snapshot.js'

/**
 * Rebuilds the variables of `network` from a snapshot, on `backend`. The initialisation of the network is traced, not
 * computed: a network of other sizes than those of the snapshot is refused before memory is taken for it.
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
  const isVariable = (path: string): boolean => path.startsWith('trained.') || path.startsWith('fixed.')
  // The scope frees tensors that `init` creates from plain numbers.
  return scope(() => {
    let { template } = options
    if (template === undefined) trace((key: Key) => (template = network.init(key)), keyOf(0))
    return fromHost(template!, snapshot.tensors, options.backend, (path) => !isVariable(path))
  })
}
