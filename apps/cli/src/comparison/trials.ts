import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '@spikeward/core/node'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Io } from '../io/io.js'
import { runOnTime, runTrial } from './trial.js'
import type { Clock, Measure, Trial } from './trial.js'

/** Thrown if the user stops; finished trials are stored. */
export class Interrupted extends Error {}

/** Runs trials and stores the finished ones, so that the same command continues where it was stopped. */
export type Trials = {
  /**
   * The finished trial of `request`, or a new one with these settings, which takes about the clock's time if there is a
   * clock.
   */
  run(
    what: string,
    request: Readonly<Record<string, unknown>>,
    measure: Measure,
    config: TrainConfig,
    clock?: Clock,
  ): Promise<Trial>
  /** The stored value of `request`, or the result of `make`. */
  keep<T>(request: Readonly<Record<string, unknown>>, make: () => Promise<T>): Promise<T>
  close(): void
}

/**
 * Trials stored under `folder`/trials, one JSON file each, named by a hash of the request.
 *
 * @param total the approximate number of trials, for the progress on standard error
 */
export async function openTrials(folder: string, io: Io, quiet: boolean, total: number): Promise<Trials> {
  const home = join(folder, 'trials')
  await mkdir(home, { recursive: true })
  const abort = new AbortController()
  const stopListening = io.onInterrupt(() => abort.abort())
  let done = 0

  const keep = async <T>(request: Readonly<Record<string, unknown>>, make: () => Promise<T>): Promise<T> => {
    if (abort.signal.aborted) throw new Interrupted()
    const text = JSON.stringify(request)
    const path = join(home, `${createHash('sha256').update(text).digest('hex').slice(0, 16)}.json`)
    const kept = await readFile(path, 'utf8').then(
      (found) => JSON.parse(found) as { request: unknown; value: T },
      () => null,
    )
    if (kept !== null && JSON.stringify(kept.request) === text) return kept.value
    const value = await make()
    await writeWhole(path, `${JSON.stringify({ request, value })}\n`)
    return value
  }

  return {
    keep,
    async run(what, request, measure, config, clock) {
      const trial = await keep({ ...request, measure }, async () => {
        const make = (own: TrainConfig, most?: number): Promise<Trial | null> =>
          runTrial(own, measure, { io, quiet }, abort.signal, most)
        const ended = await (clock === undefined ? make(config) : runOnTime(config, clock, make))
        if (ended === null) throw new Interrupted()
        return ended
      })
      done++
      if (!quiet) {
        const { validation, relativeL2, steps, seconds, failure } = trial
        const found =
          failure !== null
            ? failure
            : relativeL2 !== null
              ? `test error ${relativeL2.toFixed(4)}`
              : `validation error ${validation?.toFixed(4) ?? 'not finite'}`
        io.err(`[${done}/${Math.max(done, total)}] ${what}: ${found}, ${steps} steps in ${seconds.toFixed(1)} s\n`)
      }
      return trial
    },
    close: stopListening,
  }
}
