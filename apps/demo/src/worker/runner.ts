import { type Backend, type Variables, SpikewardError, treeLeaves } from '@spikeward/core'
import { type FitEvent, type Snapshot, fit, trialOf } from '@spikeward/train'
import type { Settings } from '../settings/settings.js'
import { type Shared, buildContender } from './build.js'

/** One estimator in the race. */
export type Runner = ReturnType<typeof makeRunner>

/** The state of a runner at a checkpoint. */
export type Moment = {
  readonly step: number
  readonly loss: number
  readonly losses: readonly number[]
  /** Seconds of training, without compilation. */
  readonly seconds: number
  readonly snapshot: Snapshot | null
}

/** Neurons · steps · points of a training step, above which checkpoints are more frequent than every ten steps. */
const HEAVY = 2e7

/**
 * Steps between two checkpoints: at most about a tenth of a second of training.
 *
 * @param evaluations of the network for each point
 */
export function stepsBetween({ hidden, time, batch, contenders }: Settings, evaluations: number): number {
  const neurons = hidden.reduce((a, b) => a + b, 0)
  const most = Math.max(...contenders.map((contender) => Number(contender.options['directions'] ?? 1)))
  return Math.max(1, Math.min(10, Math.floor(HEAVY / (neurons * time * batch * evaluations * (1 + most / 4)))))
}

/** The initial variables of every contender: those of a run of no steps. */
export async function firstVariables({ task }: Shared, settings: Settings, backend: Backend): Promise<Variables> {
  const contender = buildContender(settings, settings.contenders[0]!)
  for await (const event of fit({ task, ...contender, backend, key: settings.key, steps: 0 })) {
    if (event.type === 'end') return event.variables
  }
  throw new Error('a run of no steps did not end')
}

/**
 * Refuses a backend that lacks the double precision that a run needs.
 *
 * @throws UNSUPPORTED_DTYPE
 */
export function checkDoubles({ needsDoubles = false }: Shared, { name, capabilities }: Backend): void {
  if (!needsDoubles || capabilities.dtypes.includes('f64')) return
  throw new SpikewardError(
    'UNSUPPORTED_DTYPE',
    `the readout of this operator is solved in double precision, which ${name} lacks; run it on the cpu`,
  )
}

/** A step of the first contender, for backends to be compared by. */
export function trialOn(shared: Shared, settings: Settings): ReturnType<typeof trialOf> {
  const { key, steps } = settings
  const trial = trialOf({ task: shared.task, ...buildContender(settings, settings.contenders[0]!), key, steps })
  return async (backend) => {
    checkDoubles(shared, backend)
    return trial(backend)
  }
}

/**
 * The kind of step: the estimator, neurons · steps · evaluations to a factor of 8, and whether it needs double
 * precision.
 */
export function workloadOf(
  { hidden, time, batch, contenders }: Settings,
  { evaluations, needsDoubles = false }: Pick<Shared, 'evaluations' | 'needsDoubles'>,
): string {
  const work = hidden.reduce((a, b) => a + b, 0) * time * batch * evaluations
  return `${contenders[0]!.estimator}, about 8^${Math.round(Math.log2(work) / 3)} updates of neurons${needsDoubles ? ', double precision' : ''}`
}

/** Prepares the training of one estimator, which advances only on request. */
export function makeRunner(
  shared: Shared,
  settings: Settings,
  index: number,
  backend: Backend,
  resume: Snapshot | null,
) {
  const every = stepsBetween(settings, shared.evaluations)
  const contender = settings.contenders[index]!
  const events = fit({
    task: shared.task,
    ...buildContender(settings, contender),
    callbacks: shared.callbacks?.(index) ?? [],
    key: settings.key,
    steps: settings.steps,
    backend,
    // Reading a number from a GPU waits for it; on the cpu it costs nothing.
    every: backend.readSync === undefined ? every : 1,
    checkpointEvery: every,
    ...(resume === null ? {} : { resume }),
  })
  const earlier = resume?.seconds ?? 0
  let [seconds, done, loss, step] = [earlier, false, Number.NaN, resume?.step ?? 0]
  /** Seconds until the first number arrived, most of which were compilation. */
  let compiling: number | null = null

  const take = (event: FitEvent, losses: number[]): Snapshot | null => {
    step = event.step
    if (event.type === 'metrics') {
      compiling ??= event.seconds - earlier
      seconds = event.seconds - compiling
      loss = event.loss
      losses.push(event.loss)
    }
    if (event.type === 'end') {
      done = true
      treeLeaves(event.variables).forEach((t) => t.dispose())
      return event.snapshot
    }
    return event.type === 'checkpoint' ? event.snapshot : null
  }

  return {
    /** Seconds of training so far, without compilation: the runner with the fewest goes next. */
    seconds: () => seconds,
    done: () => done,
    /** Trains until the next checkpoint or the end of the run; returns the moment reached. */
    async advance(): Promise<Moment> {
      const losses: number[] = []
      let snapshot: Snapshot | null = null
      while (snapshot === null && !done) {
        const next = await events.next()
        if (next.done === true) done = true
        else snapshot = take(next.value, losses)
      }
      return { step, loss, losses, seconds, snapshot }
    },
    async stop(): Promise<void> {
      done = true
      await events.return()
    },
  }
}
