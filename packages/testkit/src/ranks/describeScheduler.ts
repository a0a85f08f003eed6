import { SpikewardError, type Job, type Scheduler } from '@spikeward/core'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { ensure, type Check } from '../check.js'

/**
 * The tasks of the jobs in this contract, for processes that run them: `echo` returns its input, `fail` throws it,
 * `never` does not end.
 */
export const schedulerTasks = {
  echo: (input: unknown): Promise<unknown> => Promise.resolve(input),
  fail: (message: string): Promise<unknown> => Promise.reject(new SpikewardError('CONTRACT_FAILURE', message)),
  never: (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1)),
}

/** An open scheduler under test. */
export type OpenScheduler = {
  readonly scheduler: Scheduler
  /** Whether this process runs all jobs; default true. */
  readonly whole?: boolean
  /** Ends the processes that run the jobs. */
  close(): Promise<void>
}

/** Options of `describeScheduler`. */
export interface SchedulerOptions {
  /** Shown in the report. */
  readonly name: string
  /** Opens a scheduler. If jobs run in other processes, it also starts some that know {@link schedulerTasks}. */
  open(): Promise<OpenScheduler>
  /** Why it cannot be tested on this machine, or null. */
  readonly skip?: string | null
}

type TaskName = keyof typeof schedulerTasks

/** Makes identities differ between tests, since a scheduler may cache the result of a job. */
let tests = 0
const label = (name: string): string => `contract ${Math.random()} ${tests++} ${name}`

function job<R>(id: string, task: TaskName, input: unknown): Job<R> {
  const does = schedulerTasks[task] as (input: unknown) => Promise<unknown>
  return { id, label: id, work: { task, input }, run: () => does(input) as Promise<R> }
}

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'nothing',
    (error: unknown) => (error instanceof SpikewardError ? error.code : String(error)),
  )

/** Values that JSON holds without loss, some of which careless code changes. */
const VALUES: readonly unknown[] = [
  1.7976931348623157e308,
  5e-324,
  0.1 + 0.2,
  -1,
  0,
  false,
  '',
  'naïve ∇L · v \u0000 \n "quoted" 🧠',
  [],
  {},
  [[1, [null]], { a: { b: [true] } }],
  { config: { rate: 1e-3, sizes: [1, 2, 3], name: null } },
  'x'.repeat(100_000),
]

/** The checks of a scheduler, as data. */
export function schedulerChecks(): Check<OpenScheduler>[] {
  const group = 'scheduler'
  return [
    {
      group,
      name: 'returns results in the order of the jobs, unchanged, and null for jobs of other processes',
      async run({ scheduler, whole = true }) {
        const id = label('values')
        const results = await scheduler.run(VALUES.map((value, i) => job(`${id} ${i}`, 'echo', value)))
        ensure(results.length === VALUES.length, `${results.length} results of ${VALUES.length} jobs`)
        results.forEach((result, i) => {
          const [is, was] = [JSON.stringify(result), JSON.stringify(VALUES[i])]
          ensure(
            is === was || (!whole && result === null),
            `result ${i} is ${is.slice(0, 80)}; it must be ${was.slice(0, 80)}`,
          )
        })
        ensure(
          results.some((result) => result !== null),
          'no job ran',
        )
      },
    },
    {
      group,
      name: 'accepts an empty list, and several lists at the same time',
      async run({ scheduler, whole = true }) {
        ensure((await scheduler.run([])).length === 0, 'an empty list of jobs gave results')
        const id = label('lists')
        const lists = await Promise.all(
          [0, 1, 2].map((list) =>
            scheduler.run([0, 1, 2, 3].map((i) => job<number>(`${id} ${list} ${i}`, 'echo', list * 10 + i))),
          ),
        )
        lists.forEach((results, list) =>
          results.forEach((result, i) =>
            ensure(
              result === list * 10 + i || (!whole && result === null),
              `result ${i} of list ${list} is ${String(result)}`,
            ),
          ),
        )
      },
    },
    {
      group,
      name: 'adds no listener for each list to a signal that many lists share, since runtimes warn of more than ten',
      async run({ scheduler }) {
        const { signal } = new AbortController()
        let added = 0
        Object.defineProperty(signal, 'addEventListener', {
          value: (...args: Parameters<AbortSignal['addEventListener']>) => {
            added++
            EventTarget.prototype.addEventListener.apply(signal, args)
          },
        })
        const id = label('listeners')
        const lists = Array.from({ length: 12 }, (_, i) => scheduler.run([job(`${id} ${i}`, 'echo', i)], signal))
        await Promise.all(lists)
        ensure(added <= 1, `12 lists added ${added} listeners`)
      },
    },
    {
      group,
      name: 'gives a job that was run before the same result',
      async run({ scheduler }) {
        const jobs = ['a', 'b', 'c'].map((name) => job(`${label(name)}`, 'echo', name))
        const [first, second] = [await scheduler.run(jobs), await scheduler.run(jobs)]
        ensure(String(first) === String(second), `first ${String(first)}, then ${String(second)}`)
      },
    },
    {
      group,
      name: 'rejects with the failure of a job, and runs others afterwards',
      async run({ scheduler, whole = true }) {
        const id = label('failure')
        const fails = Array.from({ length: whole ? 1 : 8 }, (_, i) => job(`${id} ${i}`, 'fail', 'the reason'))
        const message = await scheduler.run(fails).then(
          () => 'nothing',
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        )
        ensure(message.includes('the reason'), `it rejected with ${message}`)
        const results = await scheduler.run([0, 1, 2, 3].map((i) => job(`${id} after ${i}`, 'echo', 7)))
        ensure(results.includes(7), 'nothing ran after a failure')
      },
    },
    {
      group,
      name: 'refuses two jobs with the same identity',
      async run({ scheduler }) {
        const same = job(label('same'), 'echo', 1)
        const code = await codeOf(scheduler.run([same, same]))
        ensure(code === 'INVALID_ARGUMENT', `it threw ${code}; it must throw INVALID_ARGUMENT`)
      },
    },
    {
      group,
      name: 'rejects with the reason of an abort, immediately if the signal is already aborted, and runs others afterwards',
      async run({ scheduler }) {
        const reason = new Error('stopped by the test')
        const result = await scheduler
          .run([job(label('aborted'), 'never', null)], AbortSignal.abort(reason))
          .catch((e: unknown) => e)
        ensure(result === reason, `it rejected with ${String(result)}`)
        const results = await scheduler.run([0, 1, 2, 3].map((i) => job(`${label('after')} ${i}`, 'echo', 7)))
        ensure(results.includes(7), 'nothing ran after an abort')
      },
    },
  ]
}

/**
 * Tests a scheduler against its contract: order and values of results, failures, identities, aborts.
 *
 * @example
 * describeScheduler({ name: 'in process', open: async () => ({ scheduler: inProcess(), close: async () => {} }) })
 */
export function describeScheduler({ name, open, skip = null }: SchedulerOptions): void {
  describe(`scheduler ${name}`, () => {
    let opened: OpenScheduler | null = null
    beforeAll(async () => {
      if (skip === null) opened = await open()
    })
    afterAll(async () => {
      await opened?.scheduler.close()
      await opened?.close()
    })
    for (const check of schedulerChecks()) {
      it(check.name, async (context) => {
        if (skip !== null) context.skip(skip)
        await check.run(opened!)
      })
    }
  })
}
