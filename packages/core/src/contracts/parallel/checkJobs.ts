import { SpikewardError } from '../../errors.js'
import type { Job, Work } from './scheduler.js'

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
