/** The baselines of a run in a folder, with those that stored runs hold. */
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Backend, isRecord } from '@spikeward/core'
import { openRun } from '@spikeward/train/node'
import type { Experiment } from '../../assembly/experiment.js'
import type { BaselineChoice, BaselineFacts, ControlTraining } from '../../baselines/baselines.js'
import { runBaselines } from '../../baselines/runBaselines.js'
import { type TrainConfig, readConfig } from '../../config/trainConfig.js'
import type { Io } from '../../io/io.js'
import { isResult } from '../../run/result.js'

/**
 * The settings that a dense run beside a spiking one has in common with it: the problem, the data, the sizes and the
 * effort.
 */
const SAME = [
  ...['problem', 'problemOptions', 'data', 'files', 'dataKey', 'network', 'networkOptions', 'loss'],
  ...['key', 'batch', 'steps'],
  ...['hidden', 'branch', 'trunk', 'features', 'rank'],
] as const satisfies readonly (keyof TrainConfig)[]

const nameOf = (config: TrainConfig): string => JSON.stringify(SAME.map((name) => config[name]))

async function denseIn(folder: string, config: TrainConfig): Promise<ControlTraining | null> {
  const run = await openRun(folder)
  const own = readConfig(run.config, join(folder, 'config.json'))
  if (own.spiking !== 'none' || nameOf(own) !== nameOf(config)) return null
  const summary = await run.summary()
  if (summary === null || !isResult(summary)) return null
  const { estimator, learningRate } = own
  const { relativeL2, steps } = summary
  return { estimator, learningRate, steps, relativeL2, failure: null, run: folder }
}

/**
 * The dense run of the same problem, data, sizes, key and steps in a folder beside a run, the last by name; null if
 * there is none.
 */
async function denseBeside(path: string, config: TrainConfig): Promise<ControlTraining | null> {
  if (config.spiking === 'none') return null
  const folder = dirname(path)
  const names = await readdir(folder).catch(() => [])
  for (const name of names.toSorted((a, b) => (a < b ? 1 : -1))) {
    // A folder that is no run, or one of another version, is no baseline.
    const dense = await denseIn(join(folder, name), config).catch(() => null)
    if (dense !== null) return dense
  }
  return null
}

const isTraining = (x: unknown): x is ControlTraining =>
  isRecord(x) &&
  typeof x['estimator'] === 'string' &&
  ['learningRate', 'steps'].every((name) => typeof x[name] === 'number') &&
  (x['relativeL2'] === null || typeof x['relativeL2'] === 'number')

async function storedTrainings(path: string): Promise<Pick<BaselineFacts, 'dense' | 'randomSign'>> {
  const facts = (await (await openRun(path)).summary())?.['baselineFacts']
  const of = (name: 'dense' | 'randomSign'): ControlTraining | null => {
    const training = isRecord(facts) ? facts[name] : null
    return isTraining(training) ? training : null
  }
  return { dense: of('dense'), randomSign: of('randomSign') }
}

/**
 * The baselines of a run in the folder `path`, see `runBaselines`. Trainings that `choice` does not ask for are those
 * that the folder stores; else a dense network is taken from a run beside it that has the same problem, data, sizes,
 * key and steps with `--spiking none`.
 *
 * @param steps the steps that the run took
 */
export async function baselinesInFolder(
  path: string,
  choice: BaselineChoice,
  config: TrainConfig,
  steps: number,
  experiment: Experiment,
  backend: Backend,
  io: Io,
): Promise<BaselineFacts> {
  const facts = await runBaselines(choice, { ...config, steps }, experiment, backend, { io, quiet: true })
  if (choice !== 'classical') return facts
  const { dense, randomSign } = await storedTrainings(path)
  return { ...facts, dense: dense ?? (await denseBeside(path, config)), randomSign }
}
