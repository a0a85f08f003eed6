import type { Snapshot } from '@spikeward/train'

/** Names of optimiser states in checkpoints of before, by those of now: the moments of Adam and AdaBelief. */
const renamed: Readonly<Record<string, string>> = { mean: 'mu', variance: 'nu' }

/** A checkpoint whose tensors have the names of this version, whichever version wrote it: the run goes on bit for bit. */
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
