import { access, constants, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { makeFolder, readRegular } from '@spikeward/core/node'
import { type Claim, type RunFolder, createRun, openRun, runFolderFiles } from '@spikeward/train/node'
import { NIR_IN_RUN, isNirNetwork, nirPathOf } from '../../catalogue/kinds/networks.js'
import { type TrainConfig, toFolder } from '../../config/trainConfig.js'
import { asUsage, usageError } from '../../usage/usageError.js'

export type PreparedFolder = { create(config: TrainConfig): Promise<RunFolder> }

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'it is a file',
  ENOENT: 'the system allows no folder there',
  ENAMETOOLONG: 'the name is too long',
}

function unwritable(path: string, error: unknown, remedy = 'name another place with --out'): SpikewardError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  return usageError('CLI_UNWRITABLE', `${path} cannot be written: ${reasons[code] ?? code}; ${remedy}`, error)
}

/** Makes a folder with all its parents, or throws CLI_UNWRITABLE. */
export const makeOutputFolder = (path: string): Promise<void> => writingTo(path, () => makeFolder(path))

export async function writingTo<T>(path: string, write: () => Promise<T>, remedy?: string): Promise<T> {
  try {
    return await write()
  } catch (error) {
    throw error instanceof SpikewardError && error.code === 'FILE_UNWRITABLE'
      ? unwritable(path, error.cause, remedy)
      : error
  }
}

/** Throws CLI_UNWRITABLE if the nearest existing folder above a new path is not writable. Makes nothing. */
export async function checkWritable(path: string): Promise<void> {
  let above = dirname(path)
  while (dirname(above) !== above && (await stat(above).catch(() => null)) === null) above = dirname(above)
  await access(above, constants.W_OK).catch((error: unknown) => {
    throw unwritable(path, error)
  })
  if (!(await stat(above)).isDirectory()) throw unwritable(path, { code: 'ENOTDIR' })
}

async function entries(path: string): Promise<readonly string[] | null> {
  try {
    return await readdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw usageError(
      'CLI_FOLDER_IN_USE',
      code === 'ENOTDIR'
        ? `${path} is a file, not a folder; name another folder with --out`
        : `${path} cannot be read: ${reasons[code ?? ''] ?? code}; name another one with --out`,
      error,
    )
  }
}

const start = (path: string, config: TrainConfig): Promise<RunFolder> =>
  asUsage(async () => {
    await makeOutputFolder(dirname(path))
    const files = isNirNetwork(config.network)
      ? { [NIR_IN_RUN]: await readRegular(nirPathOf(config.network), { what: 'a NIR file' }) }
      : {}
    return writingTo(path, () => createRun(path, toFolder(config), files))
  })

/** Claims a run folder for this process, or throws why it cannot be written. */
export const claimRun = (run: RunFolder): Promise<Claim> =>
  writingTo(run.path, () => run.claim(), 'make it writable, or continue with a copy of it')

async function startUnderNextName(config: TrainConfig): Promise<RunFolder> {
  const plain = (text: string): string => text.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^[-.]+|-+$/g, '')
  const [problem, estimator] = [plain(config.problem), plain(config.estimator)]
  const name = [
    problem,
    estimator,
    ...(config.estimatorOptions['scope'] === undefined ? [] : [config.estimatorOptions['scope']]),
    `key${config.key}`,
  ].join('-')
  for (let n = 1; ; n++) {
    const path = resolve('runs', n === 1 ? name : `${name}-${n}`)
    if ((await entries(path)) !== null) continue
    try {
      return await start(path, config)
    } catch (error) {
      // Another process took the name meanwhile.
      if (!(error instanceof SpikewardError) || error.code !== 'RUN_FOLDER_EXISTS') throw error
    }
  }
}

const runFiles = new Set([
  ...runFolderFiles,
  ...['result', 'errors', 'loss', 'evaluation', 'evaluation-errors', 'spikes'].flatMap((name) => [
    `${name}.svg`,
    `${name}.png`,
  ]),
  'tensorboard',
  NIR_IN_RUN,
])

/**
 * Finds the folder of a new run. An existing folder is never overwritten, unless it is a run and `force` is set;
 * the old run is deleted when the new one begins, not before.
 *
 * @param out the folder; undefined for a new one under runs/, named after the run's settings
 * @throws CLI_FOLDER_IN_USE, CLI_UNWRITABLE
 */
export async function prepareFolder(out: string | undefined, force: boolean): Promise<PreparedFolder> {
  if (out === undefined) {
    await checkWritable(resolve('runs', 'new'))
    return { create: startUnderNextName }
  }
  const path = resolve(out)
  const files = (await entries(path)) ?? []
  await checkWritable(path)
  if (files.length === 0) return { create: (c) => start(path, c) }
  if (!force)
    throw usageError(
      'CLI_FOLDER_IN_USE',
      `${path} already exists and is not empty; nothing was overwritten; name another folder with --out, or replace the run in it with --force`,
    )
  const old = await openRun(path).catch((cause: unknown) => {
    throw usageError(
      'CLI_FOLDER_IN_USE',
      `${path} is not a run folder; --force replaces only run folders; name another folder with --out`,
      cause,
    )
  })
  const foreign = files.filter((name) => !runFiles.has(name) && !name.startsWith('.'))
  if (foreign.length > 0)
    throw usageError(
      'CLI_FOLDER_IN_USE',
      `${path} contains files that no run wrote (${foreign.join(', ')}); --force would delete them, so nothing was done; move it away or name another folder with --out`,
    )
  return {
    async create(c) {
      // Throws if a run is still being written there.
      await asUsage(async () => (await claimRun(old)).release())
      const aside = join(dirname(path), `.replaced-${basename(path)}-${process.pid}`)
      await rename(path, aside)
      const run = await start(path, c).catch(async (error: unknown) => {
        await rename(aside, path)
        throw error
      })
      await rm(aside, { recursive: true, force: true })
      return run
    },
  }
}

/** Whether there is a file or a folder at a path. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
