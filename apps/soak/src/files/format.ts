/** A kind of file, and how reading one ends. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { SpikewardError } from '@spikeward/core'
import type { Random } from '../randomOf.js'
import { damaged, oneOf } from './damage.js'

/** A kind of file: generates damaged files, and reads them. */
export type Format = {
  readonly name: string
  /** Whether the HDF5 library reads it, which takes ten times as long as the other readers. Default false. */
  readonly hdf5?: boolean
  /** Seconds of processor time that reading one may take. */
  readonly seconds: number
  /** Seconds of work on one file after which the thread that reads it counts as stalled, and is ended; default 30. */
  readonly stalled?: number
  /** A damaged file. */
  make(random: Random): Uint8Array
  /** Reads a file and throws what its reader throws; throws `Accepted` if altered content was accepted. */
  read(bytes: Uint8Array): Promise<void>
}

/** A row of the table of formats, with its reader. */
export type Row = Omit<Format, 'make' | 'read'> & { readonly read: (bytes: Uint8Array) => unknown }

/** A format of binary files, of which bytes are damaged. */
export const binary = ({ seeds, read, ...row }: Row & { readonly seeds: readonly Uint8Array[] }): Format => ({
  ...row,
  make: (random) => damaged(oneOf(random, seeds), seeds, random),
  read: async (bytes) => void (await read(bytes)),
})

/** A fault of a reader: it accepted altered content as the original. */
export class Accepted extends Error {
  override readonly name = 'Accepted'
}

/** How a read ended: `read`, the code of its error, or the violation. */
export type Ending = { readonly ending: string; readonly fault: string | null }

/** Reads one file: a fault is an error without a code, or altered content that was accepted. */
export async function readOne(format: Format, bytes: Uint8Array): Promise<Ending> {
  try {
    await format.read(bytes)
    return { ending: 'read', fault: null }
  } catch (error) {
    if (error instanceof SpikewardError) return { ending: error.code, fault: null }
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { ending: 'FAULT', fault: what.slice(0, 300) }
  }
}

/** The files of a folder with an ending. */
export const seedsIn = (folder: string, ending: string): Uint8Array[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => new Uint8Array(readFileSync(join(folder, name))))

/** An undamaged file is read after this number of refused ones. */
const EVERY = 8

/** The code of an error that states that a damaged file broke the library. */
export const BROKEN = 'NIR_LIBRARY_FAILED'

const statesIt = (error: unknown): boolean => error instanceof SpikewardError && error.code === BROKEN

/**
 * Wraps a format to check that its reader leaves the library intact, or reports that it is broken: after every eighth
 * refused file, `whole` reads an undamaged file in the same thread. Its content must equal that of its first reading.
 */
export function checkingTheNext(format: Format, whole: () => Promise<unknown>): Format {
  let first: Promise<unknown> | null = null
  let refused = 0
  return {
    ...format,
    async read(bytes) {
      first ??= whole()
      const known = await first
      try {
        await format.read(bytes)
      } catch (error) {
        if (statesIt(error) || ++refused % EVERY !== 0) throw error
        const next = await whole().catch((failure: unknown) => failure)
        if (statesIt(next)) throw next
        if (isDeepStrictEqual(next, known)) throw error
        throw new Accepted('after this file, an undamaged one gave different content')
      }
    },
  }
}
