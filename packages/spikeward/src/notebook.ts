/**
 * Notebooks of Deno's Jupyter kernel. Tensors, runs and figures show themselves there; `trainInNotebook` shows a
 * training too.
 *
 * @module notebook
 */
import { SpikewardError } from '@spikeward/core'
import { lossSpec } from '@spikeward/plots'
import { train as trainRun } from '#train'
import type { TrainEvent, TrainSettings, TrainedRun } from './trainedRun.js'

type Kernel = {
  /** Shows a value below the cell; with `update`, in the place of the value of the same name. */
  display(value: object, options: { readonly display_id: string; readonly update: boolean }): Promise<void>
}

function kernel(): Kernel {
  try {
    const { jupyter } = (globalThis as { Deno?: { readonly jupyter: Kernel } }).Deno ?? {}
    if (jupyter !== undefined) return jupyter
  } catch {
    // Outside a notebook, Deno throws when `jupyter` is read.
  }
  throw new SpikewardError('NEEDS_NOTEBOOK', "this program is no cell of Deno's kernel; import train from 'spikeward'")
}

/** Milliseconds between two drawings. */
const PERIOD = 500

/**
 * `train` of the package, which draws loss and validation error below the cell while it trains, in one place.
 *
 * @example
 * const run = await trainInNotebook({ problem: 'mexican-hat', estimator: 'eligibility', steps: 300 })
 * @throws NEEDS_NOTEBOOK outside Deno's kernel; the errors of `train`
 */
export async function trainInNotebook(settings: TrainSettings): Promise<TrainedRun> {
  const { display } = kernel()
  const place = `training-${crypto.randomUUID()}`
  const losses: Extract<TrainEvent, { readonly type: 'metrics' }>[] = []
  const validation: Extract<TrainEvent, { readonly type: 'validation' }>[] = []
  let lastFrame = -Infinity
  const draw = async (): Promise<void> => {
    await display(lossSpec({ losses, validation }), { display_id: place, update: lastFrame > -Infinity })
    lastFrame = performance.now()
  }
  for await (const event of trainRun.steps(settings)) {
    if (event.type === 'metrics') losses.push(event)
    else if (event.type === 'validation') validation.push(event)
    else if (event.type === 'trained') {
      await draw()
      return event.run
    }
    if (losses.length > 0 && performance.now() - lastFrame > PERIOD) await draw()
  }
  throw new SpikewardError('INTERNAL', 'a run ended without a result; this is a bug in Spikeward')
}
