import type { StepTime } from '@spikeward/core'
import { timedRuns } from '@spikeward/train'
import { type InstructionSet, openBackend } from '../../backends.js'
import { digits, percent } from '../../report/tableMarkdown.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { least } from '../../step/alternate.js'
import { count } from '../../argumentParsers.js'
import { makeWorkload } from '../../step/workload.js'
import { type StepOptions, instructionSetOption, withStepOptions } from './stepOptions.js'

type Settings = StepOptions & { readonly rounds: number; readonly instructionSet?: InstructionSet }

type ProfileResult = {
  /** Milliseconds of a step: by `jit` in a loop, by the executable alone, and the sum of its steps. */
  readonly phases: { readonly training: number; readonly executable: number; readonly steps: number }
  readonly steps: readonly StepTime[]
}

/** Steps of a round: few, so that a round fits between two interruptions by other processes. */
const STEPS = 8

function sumOf(steps: readonly StepTime[]): number {
  let inside = Infinity
  let sum = 0
  for (const { depth, seconds } of steps) {
    if (depth <= inside) inside = Infinity
    if (inside < Infinity || seconds === null) continue
    sum += 1000 * seconds
    inside = depth
  }
  return sum
}

export const profile = defineBenchmark<Settings, ProfileResult>({
  name: 'profile',
  folder: 'speed',
  about: 'where the time of a training step goes: each kernel, the executable, and the code around it',
  options: (command) =>
    withStepOptions(command)
      .option('--rounds <n>', `rounds of ${STEPS} steps; the fastest counts`, count, 200)
      .option(...instructionSetOption),
  quick: { batch: 16, time: 4, rounds: 2 },
  async measure({ backend: name, threads, rounds, instructionSet, ...step }) {
    await using backend = await openBackend(name, threads, instructionSet)
    let inside = 0
    const workload = await makeWorkload(
      step,
      timedRuns(backend, (milliseconds) => (inside += milliseconds)),
      false,
    )
    const perStep = async (work: () => Promise<void>): Promise<number> => {
      const from = performance.now()
      await work()
      return (performance.now() - from) / STEPS
    }
    const training: number[] = []
    const runs: number[] = []
    for (let round = 0; round < rounds; round++) {
      inside = 0
      training.push(await perStep(() => workload.steps(STEPS)))
      runs.push(inside / STEPS)
    }
    const timing = workload.executable.profile?.()
    for (let round = 0; round < rounds; round++) await workload.steps(STEPS)
    const steps = timing?.stop() ?? []
    workload.dispose()
    const phases = { training: least(training), executable: least(runs), steps: sumOf(steps) }
    return { result: { phases, steps }, samples: { training, executable: runs } }
  },
  tables: ({ settings, phases, steps }) => {
    const { backend, threads, estimator, widths, time, batch, directions } = settings
    const micro = (ms: number): string => digits(1000 * ms)
    const outside = phases.training - phases.executable
    const between = phases.executable - phases.steps
    return [
      {
        title: `Profile: ${estimator} ${widths.join('-')}, T = ${time}, batch ${batch}, K = ${directions} on ${backend}, ${threads} threads`,
        head: ['phase', 'µs a step', 'share'],
        rows: [
          ['kernels and products', micro(phases.steps), percent(phases.steps / phases.training)],
          ['in the executable, around them', micro(between), percent(between / phases.training)],
          ['in JavaScript, around the executable', micro(outside), percent(outside / phases.training)],
          ['a step', micro(phases.training), percent(1)],
        ],
        note: `The fastest of rounds of ${STEPS} steps, without a profile; the kernels are timed afterwards, each by its fastest run.`,
      },
      {
        title: 'Kernels of the step',
        head: ['kernel or product', 'µs a step', 'share'],
        rows: steps.map(({ name, depth, seconds }) => [
          `${'· '.repeat(depth)}${name}`,
          seconds === null ? '' : micro(1000 * seconds),
          seconds === null ? '' : percent((1000 * seconds) / phases.training),
        ]),
      },
    ]
  },
  figures: () => [],
})
