import type { Tree } from '@spikeward/core'
import type { FitEvent } from '../fit/events.js'
import type { RunFolder } from './runFolder.js'

/**
 * Writes a run's events to its folder and passes them on: metrics and validations as lines, checkpoints and best states
 * to their files. The start event first rewinds the folder to its step, so that a resumed run leaves the same files as
 * an uninterrupted one. An event is written before it is passed on.
 *
 * The caller writes the summary, which may hold more than the events do.
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
    else if (event.type === 'best') await run.saveBest(event.snapshot)
    yield event
  }
}
