import type { Backend, Executable } from '@spikeward/core'
import { timedRuns, trialOf } from '@spikeward/train'
import { alignedTable } from '../io/texts.js'
import type { Parts } from './buildParts.js'

/** Steps that are timed, in rounds; the fastest round counts. */
const [ROUNDS, STEPS] = [20, 5]

/**
 * Where the time of a training step goes, as a table: each kernel and product, the executable that contains them, the
 * JavaScript around it, and the whole step. The run does not change: the timed steps belong to a separate run, whose
 * results are discarded.
 */
export async function profileStep({ experiment, estimator, optimizer }: Parts, backend: Backend): Promise<string> {
  const executables = new Set<Executable>()
  const trial = trialOf({ task: experiment.task, estimator, optimizer, key: 0 })
  let inside = 0
  await using run = await trial(
    timedRuns(backend, (milliseconds, executable) => {
      inside += milliseconds
      executables.add(executable)
    }),
  )
  await run.run(1)
  const step = [...executables].reduce((most, one) => (one.flops > most.flops ? one : most))
  if (step.profile === undefined) return `profile: the ${backend.name} backend cannot time its kernels one by one\n`
  /** Milliseconds of a step, and those of its executables. */
  const round = async (): Promise<{ readonly step: number; readonly executable: number }> => {
    inside = 0
    const from = performance.now()
    await run.run(STEPS)
    return { step: (performance.now() - from) / STEPS, executable: inside / STEPS }
  }
  let fastest = await round()
  for (let i = 1; i < ROUNDS; i++) {
    const other = await round()
    if (other.step < fastest.step) fastest = other
  }
  const profile = step.profile()
  for (let i = 0; i < ROUNDS; i++) await round()
  const row = (name: string, milliseconds: number | null): readonly string[] =>
    milliseconds === null
      ? [name, '', '']
      : [name, (1000 * milliseconds).toFixed(1), `${((100 * milliseconds) / fastest.step).toFixed(1)} %`]
  const table = alignedTable(
    ['kernel or product', 'µs a step', 'share'],
    [
      ...profile
        .stop()
        .map(({ name, depth, seconds }) =>
          row(`${'· '.repeat(depth)}${name}`, seconds === null ? null : 1000 * seconds),
        ),
      row('the executable, with the kernels', fastest.executable),
      row('JavaScript around the executable', fastest.step - fastest.executable),
      row('the whole step', fastest.step),
    ],
  )
  return `profile: a step on ${backend.name}, the fastest run of each kernel; a group contains its steps\n${table}`
}
