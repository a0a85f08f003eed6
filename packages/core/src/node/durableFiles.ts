import { createHash, randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { writeError } from './fileErrors.js'

/** The prefix of every temporary name: a file that carries it was never finished and may be removed. */
export const TEMPORARY = '.unfinished-'

/** A temporary name in the folder of `path`, different at every call. */
export const temporaryName = (path: string): string =>
  join(dirname(path), `${TEMPORARY}${basename(path)}-${randomUUID().slice(0, 8)}`)

/**
 * Makes a rename or a new file in `folder` survive a power cut. Does nothing on systems that refuse to open a folder
 * (Windows).
 */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch {
    // Windows refuses to open a folder; a rename there is as durable as the system makes it.
  }
}

/**
 * Writes a file and waits until it is on the disk. A failure may leave part of it: {@link writeWhole} never does.
 *
 * @throws the error of the file system
 */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(path, 'w')
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Writes a file whole or not at all: under a temporary name, to the disk, then renamed. Whenever the process dies,
 * `path` holds all of the old content or all of the new. Two processes that write the same file do not disturb each
 * other; the later rename wins.
 *
 * npm's write-file-atomic is not used: it does not check how much a write call wrote, so a nearly full disk leaves a
 * short file, and its temporary names repeat across machines that share a folder.
 *
 * @throws DISK_FULL if there is no space, FILE_UNWRITABLE if the system refuses otherwise; `path` then keeps its
 *   content, and no temporary file is left
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = temporaryName(path)
  try {
    await writeDurably(temporary, content)
    await rename(temporary, path)
  } catch (error) {
    // Where no file can be made, none can be removed.
    await rm(temporary, { force: true }).catch(() => undefined)
    throw writeError(
      path,
      error,
      `its ${Buffer.byteLength(content)} bytes do not fit; what the file held before is unchanged`,
    )
  }
  await syncFolder(dirname(path))
}

/**
 * SHA-256 of texts (in UTF-8) and bytes one after the other, as 64 hexadecimal digits.
 *
 * @see FIPS 180-4
 * @example sha256Of([JSON.stringify(settings)]).slice(0, 16)
 */
export function sha256Of(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
