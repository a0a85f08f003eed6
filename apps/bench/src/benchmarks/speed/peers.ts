import { UnavailableError } from '@spikeward/core'
import { backendNames } from '../../backends.js'
import { type PeerName, peerNames } from '../../peers/registry.js'
import { showProgress } from '../../io.js'
import { type Table, bars, digits } from '../../report/tableMarkdown.js'
import { defineBenchmark } from '../../run/benchmark.js'
import type { Run } from '../../run/run.js'
import { type StepSettings, describeStep, standard } from '../../step/stepSettings.js'
import { type StepResult, timeStep } from '../../step/timeStep.js'
import { rowsOfStep } from './step.js'
import { type Climb, type NoClimb, climbOurs, climbTheirs, summit } from '../../training/climb.js'
import { type TrainerName, trainers } from '../../training/trainers.js'
import { count, keys, positive, someOf } from '../../argumentParsers.js'

type Settings = {
  readonly backends: readonly string[]
  readonly peers: readonly PeerName[]
  readonly trainers: readonly TrainerName[]
  readonly keys: readonly number[]
  readonly target: number
  readonly threads: number
  readonly repeat: number
  readonly compile: boolean
}

type StepRow = StepSettings & { readonly backend: string } & (StepResult | { readonly absent: string })
type Result = { readonly steps: readonly StepRow[]; readonly trainings: readonly (Climb | NoClimb)[] }

/** The steps that are compared with other libraries. */
const cases: readonly StepSettings[] = [standard, { ...standard, estimator: 'bp' }]

const names = Object.keys(trainers) as TrainerName[]

/** Runs `work`; a backend that this machine lacks is a result. */
async function orAbsent<T>(work: () => Promise<T>): Promise<T | { readonly absent: string }> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof UnavailableError) return { absent: error.message }
    throw error
  }
}

/** The ends of trainings that reached the error at every key. */
const endsOf = ({ settings, trainings }: Run<Settings, Result>) =>
  trainings.flatMap((t) => {
    const top = 'keys' in t ? summit(t, settings.target) : null
    return top === null || !('keys' in t) ? [] : [{ ...top, who: t.who, how: t.how }]
  })

function stepTable(row: StepRow): Table {
  const title = `${describeStep(row)}: compared with spikeward on ${row.backend}`
  const head = ['who', 'form', 'median ms', 'least ms', 'ours / theirs']
  if ('absent' in row) return { title, head, rows: [['spikeward', `absent: ${row.absent}`, '–', '–', '–']] }
  return { title, head, rows: rowsOfStep('spikeward', row) }
}

function trainingTable({ settings, trainings }: Run<Settings, Result>): Table {
  const rows = trainings.map((t) => {
    if ('absent' in t) return [t.who, `absent: ${t.absent}`, '–', '–', '–']
    const top = summit(t, settings.target)
    if (top === null) {
      const last = t.keys.map(({ trainings: all }) => digits(all.at(-1)?.validation)).join(', ')
      return [t.who, t.how, 'not reached', '–', `validation ${last}`]
    }
    return [t.who, t.how, digits(top.seconds), digits(top.steps), digits(top.relativeL2)]
  })
  return {
    title: `Mexican hat, 100 neurons, T = 32, batch 256, to a validation error of ${settings.target}`,
    head: ['who', 'how', 'seconds', 'steps', 'relative L2 on the test points'],
    rows,
    note: `Means over keys ${settings.keys.join(', ')}. Each training is the shortest of a ladder that reaches the target on the validation points; ${settings.threads} thread(s).`,
  }
}

export const peers = defineBenchmark<Settings, Result>({
  name: 'peers',
  folder: 'speed',
  about: 'the same steps, and a training to a given error, by other libraries and by Spikeward',
  options: (command) =>
    command
      .option('--backends <names>', 'Spikeward backends', someOf(...backendNames), ['native', 'cpu'])
      .option(
        '--peers <names>',
        `separated by commas: ${peerNames.join(', ')}; or none`,
        someOf(...peerNames),
        peerNames,
      )
      .option(
        '--trainers <names>',
        `training methods, separated by commas: ${names.join(', ')}; or none`,
        someOf(...names),
        names,
      )
      .option('--keys <list>', 'keys of the trainings', keys, [0, 1, 2])
      .option('--target <error>', 'validation error to train to', positive, 0.03)
      .option('--threads <n>', 'threads of every library', count, 1)
      .option('--repeat <n>', 'rounds per step', count, 6)
      .option('--no-compile', 'leave out torch.compile, which takes half a minute to start'),
  // TensorFlow.js takes half a minute to reach this target, and two minutes to reach the full one.
  quick: { repeat: 2, keys: [0], trainers: ['bp', 'eligibility', 'gaussNewton'], target: 0.05, compile: false },
  async measure(s, { io }) {
    const trained = s.trainers.length > 0 ? s.peers : []
    const progress = showProgress(io, s.backends.length * (cases.length + s.trainers.length) + trained.length)
    const steps: StepRow[] = []
    const samples: Record<string, readonly number[]> = {}
    for (const [i, backend] of s.backends.entries()) {
      // A peer that is a hundred times slower need not be timed twice.
      const beside = i === 0 ? s.peers : s.peers.filter((p) => p === 'torch')
      for (const step of cases) {
        const outcome = await orAbsent(() => timeStep(step, { ...s, backend, peers: beside }))
        steps.push({ ...step, backend, ...('absent' in outcome ? outcome : outcome.result) })
        if (!('absent' in outcome)) {
          for (const [label, times] of Object.entries(outcome.samples))
            samples[`${step.estimator} ${backend} ${label}`] = times
        }
        progress.step(`step ${step.estimator} ${backend}`)
      }
    }
    const trainings: (Climb | NoClimb)[] = []
    for (const name of trained) {
      trainings.push(await climbTheirs(name, s))
      progress.step(`training ${name}`)
    }
    for (const backend of s.backends) {
      for (const name of s.trainers) {
        const outcome = await orAbsent(() => climbOurs(name, backend, s))
        trainings.push('absent' in outcome ? { who: `spikeward, ${backend}`, absent: outcome.absent } : outcome)
        progress.step(`training ${name} ${backend}`)
      }
    }
    return { result: { steps, trainings }, samples }
  },
  tables: (run) => [...run.steps.map(stepTable), ...(run.trainings.length > 0 ? [trainingTable(run)] : [])],
  headline(run) {
    const ends = endsOf(run)
    const fastest = (isOurs: boolean): string => {
      const own = ends.filter((t) => t.who.startsWith('spikeward') === isOurs)
      const best = own.find((t) => own.every((other) => t.seconds <= other.seconds))
      return `${digits(best?.seconds)} s in ${best?.who.split(/[ ,]/)[0]} (${best?.how})`
    }
    return [
      `The fastest training to a validation error of ${run.settings.target} on the Mexican hat takes ${fastest(true)}, and ${fastest(false)}.`,
    ]
  },
  figures(run) {
    const values = endsOf(run).map(({ who, how, seconds }) => ({ name: `${who}: ${how}`, value: seconds }))
    return values.length === 0 ? [] : [bars(`Mexican hat to ${run.settings.target}`, values, 'seconds of training')]
  },
})
