import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Every temporary name begins so: what carries it was never finished and may be thrown away. */
export const TEMPORARY = '.unfinished-'

/** A name beside `path` for what is not finished yet. */
export const temporaryName = (path: string): string =>
  join(dirname(path), `${TEMPORARY}${basename(path)}-${randomUUID().slice(0, 8)}`)

/** Makes a rename or a new file in `folder` last through a power cut. Not every system lets a folder be opened. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch {
    // Windows refuses to open a folder; there the rename is as lasting as the system makes it.
  }
}

/** Writes a file and waits until it is on the disk. */
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
 * Writes a file whole or not at all: to a temporary name, to the disk, then renamed. Whenever the process dies, `path`
 * holds all of the old content or all of the new.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = temporaryName(path)
  try {
    await writeDurably(temporary, content)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** The content of a file, or null where there is none. */
export async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
