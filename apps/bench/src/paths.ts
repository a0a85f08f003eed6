import { fileURLToPath } from 'node:url'

// This file is in src and its bundle in dist; both are next to the folder of the peers.

export const benchRoot = fileURLToPath(new URL('..', import.meta.url))

export const checkoutRoot = fileURLToPath(new URL('../../..', import.meta.url))

export const peerScript = (name: string): string => fileURLToPath(new URL(`../peers/${name}`, import.meta.url))

/** The file of numbers that may only change on purpose. */
export const guardFile = fileURLToPath(new URL('../test/suite/guard.json', import.meta.url))
