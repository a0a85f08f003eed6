import { type ChildProcess, fork } from 'node:child_process'
import { type Job, type Scheduler, type Work, SpikewardError, firstError, workOf } from '@spikeward/core'
import { checkAtOnce, openGate, runAll } from './inProcess.js'

/** A message to a child process, and its answer. */
type Answer =
  | { readonly value: unknown }
  | { readonly message: string; readonly code: string | null; readonly stack: string | null }

/** Options of {@link processes}. */
export type ProcessesOptions = {
  /** The file of a program that calls {@link serveJobs}. */
  readonly program: string
  /** Its arguments; default none. */
  readonly args?: readonly string[]
  /** Jobs in progress, each in a process of its own. */
  readonly atOnce: number
  /** The environment of the processes; default: this process's own. */
  readonly env?: NodeJS.ProcessEnv
}

/** A scheduler over child processes, which also does single pieces of work. */
export type ProcessScheduler = Scheduler & {
  /** Does one piece of work. An abort ends its process. */
  execute(work: Work, signal?: AbortSignal): Promise<unknown>
}

/**
 * Runs jobs in child processes of this one, which are kept for further jobs. Jobs need `work`. If a process dies, its
 * job fails with `JOB_PROCESS_DIED`, and the next job gets a new process.
 *
 * @throws INVALID_OPTION
 * @example
 * const pool = processes({ program: 'dist/jobs.js', atOnce: 4 })
 * await pool.run([{ id: 'a', work: { task: 'square', input: 3 }, run: async () => 9 }]) // [9]
 */
export function processes({ program, args = [], atOnce, env = process.env }: ProcessesOptions): ProcessScheduler {
  checkAtOnce('processes', atOnce)
  const gate = openGate(atOnce)
  const idle: ChildProcess[] = []
  const all = new Set<ChildProcess>()

  const open = (): ChildProcess => {
    const worker = idle.pop()
    if (worker !== undefined) return worker
    const child = fork(program, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env, serialization: 'json' })
    all.add(child)
    child.once('exit', () => {
      all.delete(child)
      const place = idle.indexOf(child)
      if (place >= 0) idle.splice(place, 1)
    })
    return child
  }

  const execute = (work: Work, callerSignal?: AbortSignal): Promise<unknown> =>
    new Promise((resolve, reject) => {
      callerSignal?.throwIfAborted()
      // Many jobs may share a signal, and Node warns of one with more than ten listeners.
      const signal = callerSignal === undefined ? undefined : AbortSignal.any([callerSignal])
      const child = open()
      const end = (): void => {
        child.off('message', answered).off('exit', died).off('error', died)
        signal?.removeEventListener('abort', aborted)
      }
      const answered = (answer: Answer): void => {
        end()
        idle.push(child)
        if ('value' in answer) resolve(answer.value)
        else reject(errorOf(answer))
      }
      const died = (how: number | Error | null, by?: string | null): void => {
        end()
        const why =
          how instanceof Error ? how.message : typeof by === 'string' ? `ended by ${by}` : `exit code ${String(how)}`
        reject(new SpikewardError('JOB_PROCESS_DIED', `the process of a job (${work.task}) died: ${why}; run it again`))
      }
      const aborted = (): void => {
        end()
        child.kill('SIGKILL')
        reject(signal!.reason as Error)
      }
      child.on('message', answered).on('exit', died).on('error', died)
      signal?.addEventListener('abort', aborted)
      child.send(work)
    })

  return {
    name: `${atOnce} processes`,
    execute: (work, signal) => gate(() => execute(work, signal)),
    async run<R>(jobs: readonly Job<R>[], signal?: AbortSignal) {
      return runAll(
        jobs.map((job) => {
          const work = workOf(job)
          return { ...job, run: () => execute(work, signal) as Promise<R> }
        }),
        (job) => gate(() => job.run()),
        signal,
      )
    },
    async close() {
      const ends = [...all].map((child) => new Promise((resolve) => child.once('exit', resolve)))
      for (const child of all) child.kill('SIGKILL')
      await Promise.all(ends)
    },
  }
}

function errorOf({ message, code, stack }: Exclude<Answer, { value: unknown }>): Error {
  if (code !== null) return new SpikewardError(code, message.replace(` [${code}]`, ''))
  const error = new Error(message)
  if (stack !== null) error.stack = stack
  return error
}

/** The tasks of a process, by name: each does the work for its input. */
export type Tasks = Readonly<Record<string, (input: never) => Promise<unknown>>>

/**
 * Does one piece of work by its task.
 *
 * @throws JOB_TASK_UNKNOWN
 */
export async function perform(tasks: Tasks, { task, input }: Work): Promise<unknown> {
  const does = Object.hasOwn(tasks, task) ? tasks[task] : undefined
  if (does !== undefined) return does(input as never)
  throw new SpikewardError(
    'JOB_TASK_UNKNOWN',
    `this process has no task ${task}; its tasks are ${Object.keys(tasks).join(', ') || 'none'}; run the same version of the program on both sides`,
  )
}

/**
 * Serves the jobs of the {@link processes} call that started this process. The process ends with its parent, even in
 * the middle of a job. It ignores Ctrl-C, which a terminal sends to the whole process group: the parent decides.
 */
export function serveJobs(tasks: Tasks): Promise<never> {
  const ignore = (): void => undefined
  process.on('SIGINT', ignore).on('SIGTERM', ignore)
  process.on('message', (work: Work) => {
    void perform(tasks, work).then(
      (value) => process.send?.({ value: value ?? null } satisfies Answer),
      (thrown: unknown) => {
        const error = firstError(thrown)
        process.send?.({
          message: error instanceof Error ? error.message : String(error),
          code: error instanceof SpikewardError ? error.code : null,
          stack: error instanceof Error ? (error.stack ?? null) : null,
        } satisfies Answer)
      },
    )
  })
  process.once('disconnect', () => process.exit())
  return new Promise(() => undefined)
}
