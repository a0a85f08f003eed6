/** A page has no folders. */
import { UnavailableError } from '@spikeward/core'
import type { RunFolders } from '../train/trainedRun.js'

const refuse = (): Promise<never> =>
  Promise.reject(
    new UnavailableError(
      'NEEDS_NODE',
      'a run folder needs Node, and this is a page; keep the state of the run, `encodeCheckpoint(run.snapshot)` of @spikeward/train, instead',
    ),
  )

export const folders: RunFolders = { save: refuse, load: refuse, source: refuse }
