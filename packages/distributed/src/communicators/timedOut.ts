import { SpikewardError } from '@spikeward/core'

/** The error of a rank whose wait exceeded its limit. */
export const timedOut = (rank: number, size: number, seconds: number): SpikewardError =>
  new SpikewardError(
    'RANK_TIMEOUT',
    `rank ${rank} of ${size} waited ${seconds} s for the others: one of them hangs, is far slower or has ended; ` +
      'check its output and its machine; a longer timeout helps slow ranks; continue from the last checkpoint',
  )
