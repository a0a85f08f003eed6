import { readFileSync, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { SpikewardError } from '../errors.js'
import { fileError } from './fileErrors.js'

/** Options of {@link readRegular}. */
export type ReadRegularOptions = {
  /** The most bytes. Default 2³¹ − 1, the most that Node reads at once; a text of JSON has at most `LONGEST_TEXT`. */
  readonly most?: number
  /** The kind of file, for the remedy in a message. Default `a file`. */
  readonly what?: string
  /** The code of the error where there is no file. Default FILE_UNREADABLE. */
  readonly absent?: string
}

/** The most bytes of a file that becomes one string: the longest string of Node has 2²⁹ − 24 characters. */
export const LONGEST_TEXT = 2 ** 29 - 24

const LARGEST = 2 ** 31 - 1

type FileFacts = { isFile(): boolean; isDirectory(): boolean; readonly size: number }

function check(path: string, facts: FileFacts, { most = LARGEST, what = 'a file' }: ReadRegularOptions): void {
  // The system itself refuses a folder, and names the reason.
  if (!facts.isFile() && !facts.isDirectory())
    throw new SpikewardError('FILE_UNREADABLE', `${path} cannot be read: it is not a file; name ${what}`)
  if (facts.isFile() && facts.size > most)
    throw new SpikewardError(
      'FILE_TOO_LARGE',
      `${path} cannot be read: it has ${facts.size} bytes, more than ${most}; name a smaller file`,
    )
}

function failure(path: string, error: unknown, { absent }: ReadRegularOptions): unknown {
  return absent !== undefined && (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? new SpikewardError(absent, `${path}: there is no such file; check the path`, { cause: error })
    : fileError(path, error)
}

/**
 * The bytes of a file that a user names. A pipe would be waited for without end, and a device such as /dev/zero has no
 * end: both are refused before they are opened.
 *
 * @throws FILE_UNREADABLE for a pipe, a device, a folder, a file without permission and the like; FILE_TOO_LARGE
 * @example const bytes = await readRegular('points.csv', { what: 'a table' })
 */
export async function readRegular(path: string, options: ReadRegularOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  try {
    check(path, await stat(path), options)
    return await readFile(path)
  } catch (error) {
    throw failure(path, error, options)
  }
}

/**
 * The same at once, for readers that cannot wait.
 *
 * @throws those of {@link readRegular}
 */
export function readRegularSync(path: string, options: ReadRegularOptions = {}): Uint8Array<ArrayBuffer> {
  try {
    check(path, statSync(path), options)
    return readFileSync(path)
  } catch (error) {
    throw failure(path, error, options)
  }
}

/**
 * The same as text in UTF-8.
 *
 * @throws those of {@link readRegular}; FILE_TOO_LARGE beyond 2²⁹ − 24 bytes, the longest string of Node
 */
export const readRegularText = async (path: string, options: ReadRegularOptions = {}): Promise<string> =>
  new TextDecoder().decode(await readRegular(path, { most: LONGEST_TEXT, ...options }))

/**
 * The content of a file, or null if there is none.
 *
 * @throws those of {@link readRegular}
 */
export async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readRegular(path)
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return null
    throw error
  }
}
