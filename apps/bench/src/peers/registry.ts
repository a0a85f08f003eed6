/** The peers: other libraries that take the same step. A new peer needs its file and a row here. */
import type { PeerEntry } from './peer.js'
import { jaxJs } from './jaxJs.js'
import { snntorch } from './snntorch.js'
import { spikingjelly } from './spikingjelly.js'
import { tfjs } from './tfjs.js'
import { torch } from './torch.js'

/** Peers by name. */
export const peerEntries = {
  torch,
  'jax-js': jaxJs,
  tfjs,
  snntorch,
  spikingjelly,
} satisfies Record<string, PeerEntry>

/** The name of a peer. */
export type PeerName = keyof typeof peerEntries

/** All peers, in display order. */
export const peerNames = Object.keys(peerEntries) as PeerName[]
