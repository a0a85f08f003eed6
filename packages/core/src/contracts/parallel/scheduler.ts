import { SpikewardError } from '../../errors.js'

/** The work of a job as data, for another process that knows the task. */
export type Work = {
  /** The name of a task that the other process has. */
  readonly task: string
  /** The argument of the task. JSON must hold it without loss. */
  readonly input: unknown
}

/** A piece of work that depends on no other. */
export type Job<R> = {
  /**
   * Its identity: text that holds everything its result depends on, or a hash of it. No two jobs of a list share one.
   */
  readonly id: string
  /** A few words for people who watch; default: the identity. */
  readonly label?: string
  /** The same work for a scheduler that runs it in another process. Its result passes through JSON. */
  readonly work?: Work
  /** Does the work in this process. */
  run(): Promise<R>
}

/** Runs independent jobs of searches and suites: here, in other processes, or on other machines. */
export interface Scheduler {
  /** How the jobs are run, such as `in process`, `shard 1/8`, `queue`. */
  readonly name: string
  /**
   * The results in the order of the jobs; null for a job that another process of the scheduler runs. It rejects with
   * the failure of a job, and no further job begins here after one.
   *
   * @param signal ends the wait: `run` rejects with its reason, and no further job begins here
   * @throws INVALID_ARGUMENT if two jobs have one identity
   * @throws JOB_WITHOUT_WORK if the jobs run in another process and one of them has no `work`
   */
  run<R>(jobs: readonly Job<R>[], signal?: AbortSignal): Promise<(R | null)[]>
  /** Ends the processes and connections that it has opened. */
  close(): Promise<void>
}

/**
 * Checks a list of jobs as every `Scheduler` must.
 *
 * @throws INVALID_ARGUMENT if two jobs have one identity
 */
export function checkJobs(jobs: readonly Job<unknown>[]): void {
  const seen = new Set<string>()
  for (const { id } of jobs) {
    if (seen.size === seen.add(id).size)
      throw new SpikewardError('INVALID_ARGUMENT', `two jobs have the identity ${id}; a job runs once: leave one out`)
  }
}

/**
 * The work of a job that is to run in another process.
 *
 * @throws JOB_WITHOUT_WORK
 */
export function workOf({ id, label, work }: Job<unknown>): Work {
  if (work !== undefined) return work
  throw new SpikewardError(
    'JOB_WITHOUT_WORK',
    `the job ${label ?? id} has no work as data, so another process cannot run it; give it \`work\`, or run it in this process`,
  )
}
