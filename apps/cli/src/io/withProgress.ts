import type { Io } from '@spikeward/experiment'
import { showData } from './showData.js'
import { showProgress } from './showProgress.js'

export const withProgress = (io: Io): Io => ({
  ...io,
  progress: (total, from) => showProgress(io, total, from),
  dataProgress: () => showData(io),
})
