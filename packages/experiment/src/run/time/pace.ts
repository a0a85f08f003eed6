import type { Backend } from '@spikeward/core'
import { type Assembled, type Parts, buildParts, fitParts } from '../buildParts.js'
import type { BuildHow } from '../../assembly/experiment.js'
import { checkpointEveryOf } from '../../config/configOf.js'

/** The pace of a run: seconds to start (compilation) and seconds per step. */
export type Pace = { readonly begin: number; readonly perStep: number }

export type Mark = { readonly step: number; readonly seconds: number }

/** Steps that fit into a time at a pace, at least one. */
export const stepsAt = ({ begin, perStep }: Pace, seconds: number): number =>
  Math.max(1, Math.round((seconds - begin) / perStep))

/** The pace between two moments; time before the first counts as start-up. Null if there are not two moments. */
export function paceBetween(first: Mark | undefined, last: Mark | undefined): Pace | null {
  if (first === undefined || last === undefined || last.step <= first.step) return null
  const perStep = (last.seconds - first.seconds) / (last.step - first.step)
  return perStep > 0 ? { begin: Math.max(0, first.seconds - first.step * perStep), perStep } : null
}

/** The least number of steps that a trial times, if the available time allows it. */
const MIN_STEPS = 5

/** Shorter steps are timed in groups: reading the loss of each takes time that a real run does not spend. */
const SHORT_STEP = 0.005

/**
 * The pace of a run, from short trials whose results are discarded. The first step, and the first solve of the readout,
 * compile, so they are excluded.
 *
 * @param seconds the time to fill: a trial takes no more, except for two steps
 */
export async function paceOf(seconds: number, parts: Parts, backend: Backend): Promise<Pace> {
  const single = await timed(1, seconds, parts, backend)
  if (single.perStep > SHORT_STEP) return single
  return timed(Math.max(1, Math.round((0.1 * trialSeconds(seconds)) / single.perStep)), seconds, parts, backend)
}

const trialSeconds = (seconds: number): number => Math.min(3, Math.max(0.3, 0.05 * seconds))

async function timed(every: number, seconds: number, parts: Parts, backend: Backend): Promise<Pace> {
  // From here on nothing is compiled.
  const warm = Math.max(1, ...parts.experiment.callbacks.map((i) => i.every))
  const marks: Mark[] = []
  // The loop below ends the run.
  for await (const e of fitParts(parts, { backend, key: 0, steps: Number.MAX_SAFE_INTEGER, every })) {
    if (e.type !== 'metrics') continue
    const first = marks.find(({ step }) => step >= warm)
    marks.push({ step: e.step, seconds: e.seconds })
    if (marks.length === 1) continue
    if (e.seconds >= Math.max(seconds, trialSeconds(seconds))) break
    if (first === undefined) continue
    if (e.step - first.step >= MIN_STEPS && e.seconds - first.seconds >= trialSeconds(seconds)) break
  }
  const last = marks.at(-1)
  const first = marks.find(({ step }) => step >= warm && step < (last?.step ?? 0)) ?? marks[0]
  return paceBetween(first, last) ?? { begin: 0, perStep: (last?.seconds ?? seconds) / (last?.step ?? 1) }
}

/**
 * A run with as many steps as fit into its `seconds`; the run itself if these are null. The number becomes a setting:
 * the learning rate follows a schedule over these steps, and a resumed run ends at the same step.
 *
 * @param checkpointEvery default: a twentieth of the steps
 */
export async function planSteps(
  { config, parts }: Assembled,
  backend: Backend,
  how: BuildHow,
  checkpointEvery?: number,
): Promise<Assembled> {
  const { seconds } = config
  if (seconds === null) return { config, parts }
  const steps = stepsAt(await paceOf(seconds, parts, backend), seconds)
  const planned = { ...config, steps, checkpointEvery: checkpointEvery ?? checkpointEveryOf(steps) }
  return { config: planned, parts: await buildParts(planned, how, { config, parts }) }
}

export type TimePlan = { readonly steps: number; readonly seconds: number }

/** A plan changes if the run would miss its time by more than this share. */
const TOLERANCE = 0.05

const CHANGE = 0.5

/**
 * The number of steps that fills the time if the plan would miss it by more than a twentieth: the pace of a run changes
 * as other programs start and stop. Null if the plan holds, or if a change would cost more time than it saves.
 *
 * @param since the moment from which the pace counts: the last change of the plan
 * @param now a later moment of the run
 */
export function replanned(since: Mark, now: Mark, { steps, seconds }: TimePlan): number | null {
  const count = now.step - since.step
  const left = seconds - now.seconds
  if (count <= 0 || now.step >= steps) return null
  const perStep = (now.seconds - since.seconds) / count
  const miss = Math.abs(perStep * (steps - now.step) - left)
  if (miss <= TOLERANCE * seconds || miss <= 2 * CHANGE) return null
  // One more step ends the run: its schedule then reaches its end.
  const planned = now.step + Math.max(1, Math.round((left - CHANGE) / perStep))
  return planned === steps ? null : planned
}

export type Stopwatch = {
  /** Runs a part of the command and adds its time to that of its name. */
  time<T>(part: string, work: () => Promise<T>): Promise<T>
  add(part: string, seconds: number): void
  /** Seconds by part, in the order of first use. */
  read(): Readonly<Record<string, number>>
}

/** @param now the clock, in milliseconds; for tests */
export function stopwatch(now: () => number = () => performance.now()): Stopwatch {
  const spent = new Map<string, number>()
  const add = (part: string, seconds: number): void => void spent.set(part, (spent.get(part) ?? 0) + seconds)
  return {
    add,
    read: () => Object.fromEntries(spent),
    async time(part, work) {
      const since = now()
      try {
        return await work()
      } finally {
        add(part, (now() - since) / 1000)
      }
    },
  }
}
