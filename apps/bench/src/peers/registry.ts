/** The peers: other libraries that take the same step. A new one is its file and its row here. */
import type { PeerEntry } from './peer.js'
import { jaxJs } from './jaxJs.js'
import { snntorch } from './snntorch.js'
import { spikingjelly } from './spikingjelly.js'
import { tfjs } from './tfjs.js'
import { torch } from './torch.js'

/** Peers by name. */
export const peers = {
  torch,
  'jax-js': jaxJs,
  tfjs,
  snntorch,
  spikingjelly,
} satisfies Record<string, PeerEntry>

/** The name of a peer. */
export type PeerName = keyof typeof peers

/** All of them, in the order in which they are shown. */
export const peerNames = Object.keys(peers) as PeerName[]
