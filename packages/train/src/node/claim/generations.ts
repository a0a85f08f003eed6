import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, copyFile, link, lstat, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { TEMPORARY, fileError, makeFolder, writing } from '@spikeward/core/node'
import { notOurs, openOwn } from '../openOwn.js'
import type { Holder } from './holder.js'

/** The content of a claim's file. */
export type Entry = {
  /** Null if the file is not readable as a claim: it is being written, or a power cut truncated it. */
  readonly holder: Holder | null
  readonly released: boolean
  /** Seconds since the last write of the file, by the clock of the file system itself. */
  readonly age: number
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code
const pathOf = (folder: string, generation: number): string => join(folder, String(generation))
/** Removes a file where that is possible. A file that remains does no harm, and a later claim removes it. */
const drop = (path: string): Promise<void> => rm(path, { force: true }).catch(() => undefined)
const asideName = (folder: string): string => join(folder, `${TEMPORARY}${randomUUID()}`)

/** The name of a generation. A claim never has a larger number, which would have no successor among doubles. */
const GENERATION = /^[1-9]\d{0,11}$/

/** The newest generation in a folder of claims; 0 if there is none. @throws FILE_UNREADABLE */
export async function newestGeneration(folder: string): Promise<number> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw fileError(folder, error)
  })
  return names.reduce((newest, name) => (GENERATION.test(name) ? Math.max(newest, Number(name)) : newest), 0)
}

/**
 * Refuses a place of claims that is not a folder: a link in an untrusted run folder may lead elsewhere. @throws
 * RUN_FOLDER_INVALID
 */
export async function checkPlace(folder: string): Promise<void> {
  const facts = await lstat(folder).catch(() => null)
  if (facts !== null && !facts.isDirectory()) throw notOurs(folder, 'is not a folder')
}

function parse(text: string): Pick<Entry, 'holder' | 'released'> {
  try {
    const { pid, host, machine, started, released } = JSON.parse(text) as Partial<Holder> & { released?: unknown }
    // Zero and negative numbers name groups of processes.
    const whole = Number.isSafeInteger(pid) && pid! > 0 && [host, machine, started].every((v) => typeof v === 'string')
    return whole
      ? { holder: { pid: pid!, host: host!, machine: machine!, started: started! }, released: released === true }
      : { holder: null, released: false }
  } catch {
    return { holder: null, released: false }
  }
}

/** The most bytes of a claim, of which ours take less than 500. */
const LONGEST = 4096

async function beginningOf(handle: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST), 0, LONGEST, 0)
  return buffer.toString('utf8', 0, bytesRead)
}

/** The first bytes of a claim's file, and then the time of its last write; null if it is gone. */
async function firstBytes(path: string): Promise<{ readonly text: string; readonly mtimeMs: number } | null> {
  const handle = await openOwn(path, constants.O_RDONLY).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw fileError(path, error)
  })
  if (handle === null) return null
  try {
    return { text: await beginningOf(handle), mtimeMs: (await handle.stat()).mtimeMs }
  } catch (error) {
    throw fileError(path, error)
  } finally {
    await handle.close()
  }
}

/**
 * Reads a generation; null if it is gone. Its age is measured against a file written for this purpose: on a shared disk
 * both times are the server's, so that the clocks of machines need not agree.
 *
 * @throws RUN_FOLDER_INVALID if it is not a file, FILE_UNREADABLE, FILE_UNWRITABLE, DISK_FULL
 */
export async function readGeneration(folder: string, generation: number): Promise<Entry | null> {
  const bytes = await firstBytes(pathOf(folder, generation))
  if (bytes === null) return null
  const aside = asideName(folder)
  try {
    const now = await writing(folder, async () => {
      await writeFile(aside, '')
      return (await stat(aside)).mtimeMs
    })
    return { ...parse(bytes.text), age: (now - bytes.mtimeMs) / 1000 }
  } catch (error) {
    if (codeOf((error as Error).cause) === 'ENOENT') return null
    throw error
  } finally {
    await drop(aside)
  }
}

/** Creates a generation atomically; returns false if it exists already. @throws FILE_UNWRITABLE, DISK_FULL */
export async function makeGeneration(folder: string, generation: number, holder: Holder): Promise<boolean> {
  await makeFolder(folder)
  const aside = asideName(folder)
  try {
    await writing(folder, () => linkAt(aside, pathOf(folder, generation), holder))
    return true
  } catch (error) {
    const cause = codeOf((error as Error).cause)
    // Another process has it, or removed what looked like a leftover: try again.
    if (cause === 'EEXIST' || cause === 'ENOENT') return false
    throw error
  } finally {
    await drop(aside)
  }
}

async function linkAt(aside: string, path: string, holder: Holder): Promise<void> {
  await writeFile(aside, JSON.stringify(holder))
  try {
    await link(aside, path)
  } catch (error) {
    // Some file systems (FAT, some network shares) have no hard links.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(codeOf(error) ?? '')) throw error
    await copyFile(aside, path, constants.COPYFILE_EXCL)
  }
}

/**
 * Marks a generation as released. Its file stays: the number must not be used again. A full disk has no room for a
 * second file, but the file itself has: it is then written in its place. A reader of half of it sees a claim that is
 * being written, and waits.
 *
 * @throws FILE_UNWRITABLE, DISK_FULL
 */
export async function releaseGeneration(folder: string, generation: number, holder: Holder): Promise<void> {
  const aside = asideName(folder)
  const text = JSON.stringify({ ...holder, released: true })
  try {
    await writing(folder, async () => {
      await writeFile(aside, text)
      await rename(aside, pathOf(folder, generation))
    })
  } catch (error) {
    await drop(aside)
    if (!(error instanceof SpikewardError) || error.code !== 'DISK_FULL') throw error
    await writing(folder, () => writeInPlace(pathOf(folder, generation), JSON.stringify(holder), text))
  }
}

/**
 * Replaces the text of a file by another one in its own bytes. A file with other content is another's, and is left
 * alone.
 */
async function writeInPlace(path: string, before: string, after: string): Promise<void> {
  const handle = await openOwn(path, constants.O_RDWR)
  try {
    if ((await beginningOf(handle)) === before) await handle.write(after, 0)
  } finally {
    await handle.close()
  }
}

/**
 * Whether a generation is the newest, and its file still the one that `holder` wrote: numbers begin again where
 * `.claim` is removed, so that the same number may be another's.
 *
 * @throws RUN_FOLDER_INVALID if a link, a folder or a device was put in the place of the folder or of the file;
 *   FILE_UNREADABLE
 */
export async function ownsGeneration(folder: string, generation: number, holder: Holder): Promise<boolean> {
  await checkPlace(folder)
  if ((await newestGeneration(folder)) !== generation) return false
  return (await firstBytes(pathOf(folder, generation)))?.text === JSON.stringify(holder)
}

/**
 * Writes a generation's file again, so that its age restarts. A file with other content is another's, and is left
 * alone.
 *
 * @throws RUN_FOLDER_INVALID if a link, a folder or a device was put in the place of the folder or of the file; the
 *   error of the file system
 */
export async function touchGeneration(folder: string, generation: number, holder: Holder): Promise<void> {
  await checkPlace(folder)
  const text = JSON.stringify(holder)
  await writeInPlace(pathOf(folder, generation), text, text)
}

/** Removes a generation that did not become a claim. @throws FILE_UNWRITABLE */
export const dropGeneration = (folder: string, generation: number): Promise<void> =>
  writing(folder, () => rm(pathOf(folder, generation), { force: true }))

/** Removes generations followed by two newer ones, and temporary files of killed processes. */
export async function sweep(folder: string, newest: number, olderThan: number): Promise<void> {
  const now = Date.now()
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    if (GENERATION.test(name) && Number(name) < newest - 1) await drop(path)
    if (!name.startsWith(TEMPORARY)) continue
    const facts = await stat(path).catch(() => null)
    if (facts !== null && now - facts.mtimeMs > olderThan * 1000) await drop(path)
  }
}
