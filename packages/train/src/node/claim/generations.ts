import { randomUUID } from 'node:crypto'
import { constants, copyFile, link, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TEMPORARY } from '@spikeward/core/node'
import type { Holder } from './holder.js'

/** The content of a claim's file. */
export type Entry = {
  /** Null if the file is not readable as a claim: it is being written, or a power cut truncated it. */
  readonly holder: Holder | null
  readonly released: boolean
  /** Seconds since the last write of the file, by the clock of the file system itself. */
  readonly age: number
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code
const pathOf = (folder: string, generation: number): string => join(folder, String(generation))
const asideName = (folder: string): string => join(folder, `${TEMPORARY}${randomUUID()}`)

/** The newest generation in a folder of claims; 0 if there is none. */
export async function newestGeneration(folder: string): Promise<number> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
  return names.reduce((newest, name) => (/^[1-9]\d*$/.test(name) ? Math.max(newest, Number(name)) : newest), 0)
}

/** Seconds since the last write of a file in a folder, against the clock of its file system. */
export async function ageOf(folder: string): Promise<number> {
  const aside = asideName(folder)
  try {
    await writeFile(aside, '')
    const now = (await stat(aside)).mtimeMs
    let newest = 0
    for (const name of await readdir(folder)) {
      const found = name.startsWith(TEMPORARY) ? null : await stat(join(folder, name)).catch(() => null)
      if (found?.isFile()) newest = Math.max(newest, found.mtimeMs)
    }
    return (now - newest) / 1000
  } finally {
    await rm(aside, { force: true })
  }
}

function parse(text: string): Pick<Entry, 'holder' | 'released'> {
  try {
    const { pid, host, machine, started, released } = JSON.parse(text) as Partial<Holder> & { released?: unknown }
    const whole = typeof pid === 'number' && [host, machine, started].every((v) => typeof v === 'string')
    return whole
      ? { holder: { pid, host: host!, machine: machine!, started: started! }, released: released === true }
      : { holder: null, released: false }
  } catch {
    return { holder: null, released: false }
  }
}

/**
 * Reads a generation; null if it is gone. Its age is measured against a file written for this purpose: on a shared disk
 * both times are the server's, so that the clocks of machines need not agree.
 */
export async function readGeneration(folder: string, generation: number): Promise<Entry | null> {
  const aside = asideName(folder)
  try {
    const handle = await open(pathOf(folder, generation), 'r')
    try {
      const text = await handle.readFile('utf8')
      const { mtimeMs } = await handle.stat()
      await writeFile(aside, '')
      const now = (await stat(aside)).mtimeMs
      return { ...parse(text), age: (now - mtimeMs) / 1000 }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  } finally {
    await rm(aside, { force: true })
  }
}

/** Creates a generation atomically; returns false if it exists already. */
export async function makeGeneration(folder: string, generation: number, holder: Holder): Promise<boolean> {
  await mkdir(folder, { recursive: true })
  const aside = asideName(folder)
  try {
    await writeFile(aside, JSON.stringify(holder))
    try {
      await link(aside, pathOf(folder, generation))
    } catch (error) {
      // Some file systems (FAT, some network shares) have no hard links.
      if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(codeOf(error) ?? '')) throw error
      await copyFile(aside, pathOf(folder, generation), constants.COPYFILE_EXCL)
    }
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    // Another process removed what looked like a leftover: try again.
    if (codeOf(error) === 'ENOENT') return false
    throw error
  } finally {
    await rm(aside, { force: true })
  }
}

/** Marks a generation as released. Its file stays: the number must not be used again. */
export async function releaseGeneration(folder: string, generation: number, holder: Holder): Promise<void> {
  const aside = asideName(folder)
  try {
    await writeFile(aside, JSON.stringify({ ...holder, released: true }))
    await rename(aside, pathOf(folder, generation))
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
}

/** Writes a generation's file again, so that its age restarts. */
export async function touchGeneration(folder: string, generation: number, holder: Holder): Promise<void> {
  const handle = await open(pathOf(folder, generation), 'r+')
  try {
    await handle.write(JSON.stringify(holder), 0)
  } finally {
    await handle.close()
  }
}

/** Removes a generation that did not become a claim. */
export const dropGeneration = (folder: string, generation: number): Promise<void> =>
  rm(pathOf(folder, generation), { force: true })

/** Removes generations followed by two newer ones, and temporary files of killed processes. */
export async function sweep(folder: string, newest: number, olderThan: number): Promise<void> {
  const now = Date.now()
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (/^[1-9]\d*$/.test(name) && Number(name) < newest - 1) await rm(path, { force: true })
    if (!name.startsWith(TEMPORARY)) continue
    const found = await stat(path).catch(() => null)
    if (found !== null && now - found.mtimeMs > olderThan * 1000) await rm(path, { force: true })
  }
}
