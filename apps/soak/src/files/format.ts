import type { Random } from '../randomOf.js'

/** A kind of file: generates damaged files, and reads them. */
export type Format = {
  readonly name: string
  /** Whether the HDF5 library reads it, which takes ten times as long as the other readers. */
  readonly hdf5: boolean
  /** Seconds of processor time that reading one may take. */
  readonly seconds: number
  /** Seconds of work on one file after which the thread that reads it counts as stalled, and is ended; default 30. */
  readonly stalled?: number
  /** A damaged file. */
  make(random: Random): Uint8Array
  /** Reads a file and throws what its reader throws; throws `Accepted` if altered content was accepted. */
  read(bytes: Uint8Array): Promise<void>
}
