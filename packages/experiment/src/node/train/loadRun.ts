import type { FitEvent } from '@spikeward/train'
import { openRun, record } from '@spikeward/train/node'
import type { StoredRun, TrainedRun } from '../../train/trainedRun.js'
import { checkWritable, prepareFolder } from '../run/prepareFolder.js'
import { cp } from 'node:fs/promises'
import { equationResult, finiteOrNull, isResult } from '../../run/result.js'
import type { Result } from '../../run/result.js'
import { trainedRun } from '../../train/trainedRun.js'
import { usageError } from '../../usage/usageError.js'
import { openFinished } from '../run/openFinished.js'
import type { OpenedRun } from '../run/openFinished.js'

const io = { out: () => undefined, err: () => undefined, errIsTerminal: false, onInterrupt: () => () => undefined }

/** The result of a run that did not end: its newest checkpoint, measured. */
async function measured({ config, parts, variables, snapshot }: OpenedRun): Promise<Omit<Result, 'run'>> {
  const found = await parts.experiment.measure(variables, 'test')
  return {
    problem: config.problem,
    estimator: config.estimator,
    backend: config.backend,
    relativeL2: finiteOrNull(found.relativeL2),
    relativeL2Pooled: finiteOrNull(found.relativeL2Pooled),
    baselineRidge: null,
    steps: snapshot.step,
    seconds: snapshot.seconds,
    forwardEquivalents: snapshot.forwardEquivalents,
    peakBytes: 0,
    parameters: parts.experiment.size.parameters,
    ...equationResult(found),
  }
}

/**
 * Opens the run in a folder at the variables that it reported.
 *
 * @throws RUN_FOLDER_INVALID, RUN_FOLDER_NEWER, CHECKPOINT_MISMATCH
 */
export async function loadRun(path: string): Promise<TrainedRun> {
  const opened = await openFinished(path, { quiet: true }, io)
  const summary = await (await openRun(path)).summary()
  const { run: _, ...result } =
    summary !== null && isResult(summary) ? summary : { run: path, ...(await measured(opened)) }
  return trainedRun({
    ...opened,
    result,
    async save(folder) {
      await checkWritable(folder)
      await cp(opened.path, folder, { recursive: true, force: false, errorOnExist: true }).catch((cause: unknown) => {
        throw usageError('CLI_FOLDER_IN_USE', `${folder} cannot be written; name a folder that does not exist`, cause)
      })
    },
  })
}

async function* inOrder(events: readonly FitEvent[]): AsyncGenerator<FitEvent> {
  for (const event of events) yield await Promise.resolve(event)
}

/**
 * Writes a run to a new folder, as the command does while it trains.
 *
 * @throws CLI_FOLDER_IN_USE, CLI_UNWRITABLE
 */
export async function saveRun(path: string, { config, events, solved, result }: StoredRun): Promise<void> {
  const folder = await prepareFolder(path, false)
  const run = await folder.create(config)
  await using _claim = await run.claim()
  for await (const _ of record(run, inOrder(events)));
  if (solved !== null) await run.saveSolved(solved)
  await run.saveSummary({ run: run.path, ...result, figures: [] })
}
