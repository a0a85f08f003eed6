import { jaxJsStep } from '../paths.js'
import { startPeer } from './peer.js'
import type { Absent, Peer } from './peer.js'

/** Starts jax-js on the step of a specification. In Node it has one thread, whatever is asked for. */
export const startJaxJs = (specification: string): Promise<Peer | Absent> =>
  startPeer({ name: 'jax-js', command: process.execPath, args: [jaxJsStep, specification], env: process.env })
