/** The content of what a run reads: recorded when it begins, and the same whenever the run is opened again. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { sha256Of } from '@spikeward/core/node'
import type { Digests, InputFile, TrainConfig } from '../../config/trainConfig.js'
import { hashOfFolder } from '../assembly/data/ownShards.js'
import { usageError } from '../../usage/usageError.js'
import { inputFilesOf } from './inputFiles.js'

/**
 * SHA-256 of a file as 64 hexadecimal digits; of a folder of shards, of what identifies it. Null for anything else, and for what cannot be
 * read: the reader of the file says why.
 */
export async function digestOf(path: string): Promise<string | null> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) return await hashOfFolder(path)
    if (!found.isFile()) return null
    const hash = createHash('sha256')
    for await (const part of createReadStream(path)) hash.update(part as Uint8Array)
    return hash.digest('hex')
  } catch {
    return null
  }
}

const digestsOfFiles = async (files: readonly InputFile[]): Promise<Digests> =>
  Object.fromEntries(
    (await Promise.all(files.map(async ({ name, path }) => [name, await digestOf(path)] as const))).flatMap(
      ([name, digest]) => (digest === null ? [] : [[name, digest]]),
    ),
  )

/** The digests of everything that a run reads, as its settings store them. */
export const digestsOf = async (config: Omit<TrainConfig, 'files'>): Promise<Digests> =>
  digestsOfFiles(await inputFilesOf(config))

/** The names of files that have other content here than the settings record. A file that they do not record counts as the same. */
async function changedFiles(config: TrainConfig): Promise<readonly string[]> {
  const files = (await inputFilesOf(config)).filter(({ name }) => Object.hasOwn(config.files, name))
  const now = await digestsOfFiles(files)
  return files.flatMap(({ name }) => (now[name] === config.files[name] ? [] : [name]))
}

/**
 * Refuses a run if something that it reads was changed since it began, or differs on this machine.
 *
 * @throws CLI_FILE_CHANGED, which names the first such file
 */
export async function checkFiles(config: TrainConfig): Promise<void> {
  const [changed, ...more] = await changedFiles(config)
  if (changed === undefined) return
  const others = more.length === 0 ? '' : `, and so were ${more.length} more`
  throw usageError(
    'CLI_FILE_CHANGED',
    `${changed} was changed since the run began (its checksum differs)${others}; restore it, or start a new run`,
  )
}

/** A fact that ranks compare: one digest of all files of the settings on this machine, and the files that differ from the settings. */
export async function filesFact(config: TrainConfig): Promise<Readonly<Record<string, string>>> {
  const changed = await changedFiles(config)
  const digest = sha256Of([JSON.stringify(await digestsOf(config))]).slice(0, 16)
  return { files: changed.length === 0 ? digest : `${digest} (another ${changed.join(', another ')})` }
}
