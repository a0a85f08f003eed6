import { SpikewardError } from '@spikeward/core'
import type { ContentLimits, Contents, ContentsOutcome } from './contents.js'

/** How much a file may require before it is refused. The defaults follow from the file's size. */
export interface ReadLimits {
  /** Groups and data sets in all; default one for each 48 bytes, which a file can exceed only by sharing them. */
  readonly objects?: number
  /**
   * Numbers and texts in all, one each, and more for an element above 8 bytes: its bytes / 8; also of a chunk, which is
   * unpacked whole. Default 256 for each byte of the file, at least 2²⁰.
   */
  readonly numbers?: number
  /**
   * Seconds until the file is read; default 10, and one more for each MiB. `readNir` reads the clock before each
   * object, `readNirFile` also ends a library that never returns.
   */
  readonly seconds?: number
  /**
   * Bytes that the HDF5 library of `readNirFile` may hold; default 128 MiB, two copies of the numbers and of the file.
   * `readNir` shares its library with other readers of the thread and does not limit it.
   */
  readonly memory?: number
}

/** Limits for a file of this number of bytes. */
export function limitsFor(bytes: number, options: ReadLimits): ContentLimits {
  const numbers = options.numbers ?? Math.max(2 ** 20, 256 * bytes)
  return {
    objects: options.objects ?? Math.ceil(bytes / 48),
    numbers,
    seconds: options.seconds ?? 10 + bytes / 2 ** 20,
    memory: options.memory ?? 2 ** 27 + 2 * (8 * numbers + bytes),
  }
}

/** @throws NIR_LIMIT if the limits were exceeded */
export function withinLimits(outcome: ContentsOutcome, { seconds }: ContentLimits): Contents {
  if ('contents' in outcome) return outcome.contents
  if (outcome.exceeds === 'seconds') throw tooSlow(seconds)
  throw new SpikewardError(
    'NIR_LIMIT',
    `the file ${outcome.exceeds === 'memory' ? 'takes' : 'holds'} more ${outcome.exceeds} than a file of its size should; it may be damaged or made to exhaust memory; if you trust it, raise the limit: { ${outcome.exceeds}: … }`,
  )
}

/** The error for a file that takes longer than a file of its size should. */
export const tooSlow = (seconds: number): SpikewardError =>
  new SpikewardError(
    'NIR_LIMIT',
    `the file was not read within ${seconds.toFixed(1)} s; it is damaged, or the machine is very busy; if you trust it, raise the limit: { seconds: … }`,
  )

/** The first eight bytes of an HDF5 file. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

/** The signature may follow a block of the user, which has 512 bytes or twice, four times, … as many. */
const FIRST_BLOCK = 512

/**
 * Refuses bytes that are no HDF5 file at all, such as an array or a text.
 *
 * @throws NIR_MALFORMED
 */
export function checkSignature(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at = at === 0 ? FIRST_BLOCK : 2 * at)
    if (SIGNATURE.every((byte, i) => bytes[at + i] === byte)) return
  throw new SpikewardError(
    'NIR_MALFORMED',
    'the file is not a NIR file: NIR files are HDF5, and it has no signature of HDF5; name a file that a tool wrote as NIR',
  )
}
