import type { Snapshot } from '@spikeward/train'
import { withListedNames } from '../assembly/network/withListedNames.js'

/** Current names of optimiser states by their names in earlier checkpoints: the moments of Adam and AdaBelief. */
const renamed: Readonly<Record<string, string>> = { mean: 'mu', variance: 'nu' }

/**
 * A checkpoint with the names of this version for its tensors and for the parts of its network, whichever version wrote it: the run continues
 * bit for bit.
 */
export const withCurrentNames = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
  ...(snapshot.model !== undefined && { model: withListedNames(snapshot.model) }),
  tensors: new Map(
    [...snapshot.tensors].map(([path, tensor]) => [
      path.replace(
        /^(optimizer\.(?:\d+\.)*)(mean|variance)(?=\.)/,
        (_, before: string, name: string) => before + (renamed[name] ?? name),
      ),
      tensor,
    ]),
  ),
})
