import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { createRun, openRun } from '@spikeward/train/node'
import type { RunFolder } from '@spikeward/train/node'
import type { TrainConfig } from './config.js'
import { asUsage, usageError } from './usage.js'

/** A folder that was found fit for a run; nothing is in it before `create`. */
export type PreparedFolder = { readonly path: string; create(config: TrainConfig): Promise<RunFolder> }

/** The entries of a folder, null where there is none. */
async function entries(path: string): Promise<readonly string[] | null> {
  try {
    return await readdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw usageError(
      'CLI_FOLDER_IN_USE',
      code === 'ENOTDIR'
        ? `${path} is a file, no folder; name another one with --out`
        : `${path} cannot be read: ${code}`,
      error,
    )
  }
}

/** A name that says what the run is; with a number where it is taken. */
async function freshPath(config: TrainConfig): Promise<string> {
  const estimator = config.estimator.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^-+|-+$/g, '')
  const name = [config.problem, estimator, ...(config.scope === null ? [] : [config.scope]), `key${config.key}`].join(
    '-',
  )
  for (let n = 1; ; n++) {
    const path = resolve('runs', n === 1 ? name : `${name}-${n}`)
    if ((await entries(path)) === null) return path
  }
}

/** All that a run writes into its folder. */
const runFiles = new Set([
  'config.json',
  'metrics.jsonl',
  'checkpoint.safetensors',
  'summary.json',
  'result.svg',
  'result.png',
  'loss.svg',
  'loss.png',
])

/**
 * Finds the folder of a new run. What is there already is never overwritten, unless it is a run and `force` says so;
 * the old run goes when the new one begins, not before.
 *
 * @throws CLI_FOLDER_IN_USE
 */
export async function prepareFolder(
  out: string | undefined,
  config: TrainConfig,
  force: boolean,
): Promise<PreparedFolder> {
  const path = out === undefined ? await freshPath(config) : resolve(out)
  const found = (await entries(path)) ?? []
  if (found.length === 0) return { path, create: (c) => asUsage(() => createRun(path, c)) }
  if (!force) {
    throw usageError(
      'CLI_FOLDER_IN_USE',
      `${path} is there already and not empty; nothing was overwritten; name another folder with --out, or replace the run in it with --force`,
    )
  }
  await openRun(path).catch((cause: unknown) => {
    throw usageError(
      'CLI_FOLDER_IN_USE',
      `${path} is no run folder; --force replaces runs alone; name another folder with --out`,
      cause,
    )
  })
  const foreign = found.filter((name) => !runFiles.has(name) && !name.startsWith('.'))
  if (foreign.length > 0) {
    throw usageError(
      'CLI_FOLDER_IN_USE',
      `${path} holds what no run wrote (${foreign.join(', ')}); --force would delete it, so nothing was done; move it away or name another folder with --out`,
    )
  }
  return {
    path,
    async create(c) {
      const aside = join(dirname(path), `.replaced-${basename(path)}-${process.pid}`)
      await rename(path, aside)
      const run = await createRun(path, c).catch(async (error: unknown) => {
        await rename(aside, path)
        throw error
      })
      await rm(aside, { recursive: true, force: true })
      return run
    },
  }
}
