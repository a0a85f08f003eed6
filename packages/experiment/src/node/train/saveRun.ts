import type { FitEvent } from '@spikeward/train'
import { record } from '@spikeward/train/node'
import type { StoredRun } from '../../train/runFolders.js'
import { prepareFolder } from '../run/prepareFolder.js'

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
