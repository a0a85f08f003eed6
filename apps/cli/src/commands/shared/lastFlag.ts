import { flag } from '@spikeward/core'
import type { FlagsOf, displayFlags, otherBackendFlags } from '@spikeward/experiment'

export const lastFlag = {
  last: flag({
    default: false,
    help: 'use the newest checkpoint, not the best state of --patience or the last solve of the readouts',
  }),
}

/** The flags of commands that open an existing run: where it is placed, and what is written. */
export type OpenFlags = FlagsOf<ReturnType<typeof otherBackendFlags>> & FlagsOf<typeof displayFlags>
