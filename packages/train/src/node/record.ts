import type { Tree } from '@spikeward/core'
import type { FitEvent } from '../fit/events.js'
import type { RunFolder } from './runFolder.js'

/**
 * Writes a run's events to its folder as they pass: metrics and validations as lines, checkpoints as the one file.
 * The start event first takes the folder back to the step it starts from, so that a resumed run leaves what an
 * uninterrupted one would have left. An event is passed on after it was written.
 *
 * The summary is the caller's to write, since it may hold more than a run knows.
 *
 * @example
 * const run = await openRun('runs/hat')
 * const resume = await run.checkpoint()
 * for await (const e of record(run, fit({ ...options, ...(resume && { resume }) }))) console.log(e.type)
 */
export async function* record<P extends Tree, F extends Tree>(
  run: RunFolder,
  events: AsyncIterable<FitEvent<P, F>>,
): AsyncGenerator<FitEvent<P, F>, void, undefined> {
  for await (const event of events) {
    if (event.type === 'start') await run.rewind(event.step)
    else if (event.type === 'metrics' || event.type === 'validation') await run.appendMetrics([event])
    else if (event.type === 'checkpoint') await run.saveCheckpoint(event.snapshot)
    yield event
  }
}
