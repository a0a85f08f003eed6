import type { Io } from '@spikeward/experiment'
import { showData } from './showData.js'
import { showProgress } from './showProgress.js'

/** Streams that also show progress: as bars on a terminal, as plain lines elsewhere. */
export const withProgress = (io: Io): Io => ({
  ...io,
  progress: (total, from) => showProgress(io, total, from),
  dataProgress: () => showData(io),
})
