import type { Backend, StepTrial, Tree } from '@spikeward/core'
import { type RegressionFitOptions, type TaskFitOptions, taskOf } from './fitOptions.js'
import { openSession } from './session.js'

/**
 * A small step of a run that `fastest` of `@spikeward/backend-auto` times on each backend. Callbacks do not run, and
 * the run itself is not changed.
 *
 * @param options those of `fit`. Only the task (or the options of a regression), `estimator`, `optimizer` and `key` are
 *   read; a value of another option, such as `backend`, `resume` or `steps`, is ignored, whatever it is.
 * @throws UNKNOWN_OPTION for a name that `fit` does not have; INVALID_OPTION for a part that is missing, not called or
 *   not awaited. The function that it returns rejects with INVALID_BACKEND for a value that is not a backend, and with
 *   the errors of the first step.
 * @example
 * const options = { network, problem, estimator: rfg(), optimizer: adam(1e-3), key: 0, steps: 500 }
 * const { backend } = await fastest([native, cpu], { trial: trialOf(options) })
 */
export function trialOf<P extends Tree, F extends Tree, D extends Tree>(
  options: TaskFitOptions<P, F, D>,
): (backend: Backend) => Promise<StepTrial>
export function trialOf<P extends Tree, F extends Tree>(
  options: RegressionFitOptions<P, F>,
): (backend: Backend) => Promise<StepTrial>
export function trialOf<P extends Tree, F extends Tree, D extends Tree>(
  options: TaskFitOptions<P, F, D> | RegressionFitOptions<P, F>,
): (backend: Backend) => Promise<StepTrial> {
  const task = taskOf<P, F, D>('trialOf', options)
  const { estimator, optimizer, key } = options
  return async (backend) => {
    const session = await openSession(task, { estimator, optimizer, key, backend })
    try {
      await session.prepare()
    } catch (error) {
      session.dispose('nothing')
      throw error
    }
    return {
      async run(steps) {
        for (let i = 0; i < steps; i++) {
          if (session.advance === undefined) await session.advanceAsync()
          else session.advance()
        }
        await session.read()
      },
      async [Symbol.asyncDispose]() {
        session.dispose('nothing')
      },
    }
  }
}
