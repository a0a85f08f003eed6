import type { Backend, Executable } from '@spikeward/core'

/**
 * A backend whose executables report the time of each run; everything else is that of `backend`, whose memory it
 * shares.
 *
 * @param ran called after each `run`, and when each `runAsync` has resolved, with the milliseconds since its call and
 *   with the executable of `backend`, such as to call its `profile`. It is not called for a run that fails. If `run`
 *   does not wait for the work (a GPU), the milliseconds are those of handing it over.
 * @example
 * let inside = 0
 * const trial = trialOf({ network, problem, estimator: rfg(), optimizer: adam(1e-3), key: 0, steps: 100 })
 * await using run = await trial(timedRuns(backend, (milliseconds) => (inside += milliseconds)))
 * await run.run(10)
 */
export const timedRuns = (backend: Backend, ran: (milliseconds: number, executable: Executable) => void): Backend => ({
  ...backend,
  compile(plan) {
    const executable = backend.compile(plan)
    const { runAsync } = executable
    return {
      ...executable,
      run(ins, outs) {
        const from = performance.now()
        executable.run(ins, outs)
        ran(performance.now() - from, executable)
      },
      // Not an async function: what `runAsync` refuses is thrown at its call.
      ...(runAsync && {
        runAsync(ins, outs, options) {
          const from = performance.now()
          return runAsync(ins, outs, options).then(() => ran(performance.now() - from, executable))
        },
      }),
    }
  },
})
