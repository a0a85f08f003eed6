import type { Backend, Executable } from '@spikeward/core'
import { trialOf } from '@spikeward/train'
import { alignedTable } from '../io/table.js'
import type { Parts } from './buildParts.js'

/** Steps that are timed, in rounds; the fastest round counts. */
const [ROUNDS, STEPS] = [20, 5]

/** A backend that keeps what it compiles in a list. */
const recording = (backend: Backend, compiled: Executable[]): Backend => ({
  ...backend,
  compile(plan) {
    const executable = backend.compile(plan)
    compiled.push(executable)
    return executable
  },
})

/**
 * Where the time of a training step goes, as a table: each kernel and product, and the whole step, including the
 * code around them. The run does not change: the timed steps belong to a separate run, whose results are discarded.
 */
export async function profileStep({ experiment, estimator, optimizer }: Parts, backend: Backend): Promise<string> {
  const compiled: Executable[] = []
  const trial = trialOf({ task: experiment.task, estimator, optimizer, key: 0 })
  await using run = await trial(recording(backend, compiled))
  await run.run(1)
  const step = compiled.reduce((most, one) => (one.flops > most.flops ? one : most))
  if (step.profile === undefined) return `profile: the ${backend.name} backend cannot time its kernels one by one\n`
  const round = async (): Promise<number> => {
    const from = performance.now()
    await run.run(STEPS)
    return (performance.now() - from) / STEPS
  }
  let whole = Infinity
  for (let i = 0; i < ROUNDS; i++) whole = Math.min(whole, await round())
  const profile = step.profile()
  for (let i = 0; i < ROUNDS; i++) await round()
  const rows = profile.stop().map(({ name, depth, seconds }) => {
    const microseconds = seconds === null ? null : seconds * 1e6
    return [
      `${'· '.repeat(depth)}${name}`,
      microseconds === null ? '' : microseconds.toFixed(1),
      microseconds === null ? '' : `${(microseconds / whole / 10).toFixed(1)} %`,
    ]
  })
  const table = alignedTable(
    ['kernel or product', 'µs a step', 'share'],
    [...rows, ['the whole step', (1000 * whole).toFixed(1), '100 %']],
  )
  return `profile: a step on ${backend.name}, the fastest run of each kernel; a group contains its steps\n${table}`
}
