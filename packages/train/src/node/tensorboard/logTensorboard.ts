import type { Tree } from '@spikeward/core'
import type { FitEvent } from '../../fit/events.js'
import type { Scalars } from './eventRecords.js'
import { type TensorboardFile, openTensorboardFile } from './tensorboardFile.js'

/** The numbers of an event under TensorBoard's names; null if it has none. */
function scalarsOf<P extends Tree, F extends Tree>(event: FitEvent<P, F>): Scalars | null {
  if (event.type === 'metrics') {
    const { loss, stepsPerSecond, forwardEquivalents } = event
    return { 'loss/training': loss, 'cost/steps per second': stepsPerSecond, 'cost/forward passes': forwardEquivalents }
  }
  if (event.type === 'validation') return { 'error/validation relative L2': event.relativeL2 }
  return null
}

/** Options of {@link logTensorboard}. */
export type LogTensorboardOptions<P extends Tree = Tree, F extends Tree = Tree> = {
  /** More numbers of an event, such as firing rates after a validation; null: none. */
  readonly also?: (event: FitEvent<P, F>) => Scalars | null | Promise<Scalars | null>
}

/**
 * Writes a run's losses, validation errors and costs as event files for TensorBoard, and passes its events on. A
 * resumed run writes another file, whose values replace those of the repeated steps.
 *
 * @param into a folder such as `logs/hat`, in which each call writes a file of its own; `tensorboard --logdir logs`
 *   shows it. Or an open file, which stays open: for a run that takes several calls of `fit`
 * @example
 * for await (const e of logTensorboard('logs/hat', fit(options))) if (e.type === 'end') console.log(e.loss)
 */
export async function* logTensorboard<P extends Tree, F extends Tree>(
  into: string | TensorboardFile,
  events: AsyncIterable<FitEvent<P, F>>,
  { also = () => null }: LogTensorboardOptions<P, F> = {},
): AsyncGenerator<FitEvent<P, F>, void, undefined> {
  let own: TensorboardFile | null = null
  try {
    for await (const event of events) {
      if (event.type === 'start' && typeof into === 'string')
        own = await openTensorboardFile(into, event.step > 0 ? { after: event.step } : {})
      const scalars = { ...scalarsOf(event), ...(await also(event)) }
      const file = typeof into === 'string' ? own : into
      if (Object.keys(scalars).length > 0) await file?.scalars(event.step, scalars)
      yield event
    }
  } finally {
    await own?.[Symbol.asyncDispose]()
  }
}
