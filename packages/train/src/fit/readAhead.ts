import { scope, tensor, treeLeaves } from '@spikeward/core'
import type { Key, Tree } from '@spikeward/core'
import { stepKeys } from './trainStep.js'

/** The data of steps, read in order; the data of the next step are read while the current one is computed. */
export type ReadAhead<D extends Tree> = {
  /** Data of the step that follows `taken` steps, one for each share of the batch, on the host. The caller disposes of them. */
  next(taken: number): Promise<readonly D[]>
  /** Disposes of what was read ahead. */
  dispose(): void
}

/** Options of {@link readAhead}. */
export type ReadAheadOptions<D extends Tree> = {
  readonly read: (key: Key) => Promise<D>
  /** The key of all steps, on the host. */
  readonly key: Key
  /** See `Stepper.shares`. */
  readonly shares: readonly number[] | undefined
  /** Steps after which nothing more is read. */
  readonly steps: number
}

const disposeTree = (tree: Tree): void => treeLeaves(tree).forEach((t) => t.dispose())

/** Reads the data of steps ahead. It holds the data of at most two steps: the one handed out, and the next. */
export function readAhead<D extends Tree>({ read, key, shares, steps }: ReadAheadOptions<D>): ReadAhead<D> {
  const readAt = (taken: number): Promise<D[]> => {
    const keys = scope((): readonly Key[] => {
      const { draw } = stepKeys({ step: tensor(taken, { dtype: 'i32' }) }, key)
      return shares === undefined ? [draw] : shares.map((share) => draw.fold(share))
    })
    const data = Promise.all(keys.map(read))
    return data.finally(() => disposeTree(keys))
  }
  let ahead: { readonly taken: number; readonly data: Promise<D[]> } | undefined
  return {
    next(taken) {
      const data = ahead?.taken === taken ? ahead.data : readAt(taken)
      ahead = taken + 1 < steps ? { taken: taken + 1, data: readAt(taken + 1) } : undefined
      // A failure is reported by the step that needs the data.
      ahead?.data.catch(() => undefined)
      return data
    },
    dispose() {
      ahead?.data.then(disposeTree, () => undefined)
      ahead = undefined
    },
  }
}
