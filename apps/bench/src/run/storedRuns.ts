import { mkdir, readFile, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { writeWhole } from '@spikeward/core/node'
import { jsonText } from './jsonText.js'
import type { AnyRun } from './run.js'

export type StoredRun = { readonly name: string; readonly run: AnyRun }

export async function writeRun(folder: string, name: string, run: AnyRun): Promise<string> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${name}.json`)
  await writeWhole(path, jsonText(run))
  return path
}

/** Reads a run. */
export async function readRun(path: string): Promise<StoredRun> {
  let run: unknown
  try {
    run = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw notARun(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
  if (typeof run !== 'object' || run === null || !('schema' in run) || run.schema !== 1) {
    throw notARun(path, 'it has no "schema": 1')
  }
  for (const field of ['command', 'line', 'date', 'settings', 'machine', 'samples']) {
    if (!(field in run)) throw notARun(path, `it has no ${field}`)
  }
  // The fields that every run has are present; those of the benchmark are not checked.
  return { name: basename(path, '.json'), run: run as unknown as AnyRun }
}

const notARun = (path: string, why: string, cause?: unknown): SpikewardError =>
  new SpikewardError(
    'BENCH_NOT_A_RUN',
    `${path} is not a stored benchmark: ${why}; write one with --out or --json`,
    cause === undefined ? undefined : { cause },
  )

export async function readRuns(folder: string): Promise<readonly StoredRun[]> {
  const names = (await readdir(folder)).filter((f) => f.endsWith('.json')).sort()
  return Promise.all(names.map((f) => readRun(join(folder, f))))
}
