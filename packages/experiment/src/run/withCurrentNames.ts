import type { Snapshot } from '@spikeward/train'

/** Current names of optimiser states by their names in earlier checkpoints: the moments of Adam and AdaBelief. */
const renamed: Readonly<Record<string, string>> = { mean: 'mu', variance: 'nu' }

/**
 * A checkpoint whose tensors have the names of this version, whichever version wrote it: the run continues bit for bit.
 */
export const withCurrentNames = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
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
