import { type RegressionProblem, key as keyOf, normal } from '@spikeward/core'
import { type DataSequences, type TrainEvent, type TrainedRun, type Windowing, train } from '@spikeward/experiment'
import { lorenzSeries, mackeyGlass, tankRun } from '@spikeward/problems'
import { type OwnSequences, ownSequences } from './ownSequences.js'

/** Rows of a series, and deviation of the noise that is to be filtered, in units of the Lorenz system. */
const [ROWS, NOISE] = [1500, 4]
/** Sequences of classes, and rows of each. */
const [WAVES, LENGTH] = [240, 48]

/** Validations without a better one before a training ends: more than it has, so that it takes all steps. */
const PATIENCE = 100

const rowsOf = (values: ArrayLike<number>): number[][] => Array.from(values, (v) => [v])

/** Waves of random frequency and phase, with noise: which form has each? */
async function waves(): Promise<DataSequences> {
  const forms = {
    sine: (s: number) => Math.sin(2 * Math.PI * s),
    square: (s: number) => (s < 0.5 ? 1 : -1),
    sawtooth: (s: number) => 2 * s - 1,
  }
  const noise = await normal(keyOf(0), [WAVES * LENGTH]).data()
  return {
    sequences: Array.from({ length: WAVES }, (_, i) => {
      const [label, form] = Object.entries(forms)[i % 3]!
      const [frequency, phase] = [0.075 + 0.1 * ((0.618 * i) % 1), (0.382 * i) % 1]
      const at = (t: number): number => form((frequency * t + phase) % 1) + 0.5 * Number(noise[LENGTH * i + t])
      return { label, inputs: Array.from({ length: LENGTH }, (_, t) => [at(t)]) }
    }),
  }
}

/** Tasks of the page, each with its data and how they are cut into windows. */
const tasks = {
  /** Regression at each step. */
  tanks: async () => {
    const runs = await Promise.all(Array.from({ length: 12 }, (_, run) => tankRun(keyOf(run), 256)))
    const sequences = runs.map(({ voltages, readings }) => ({ inputs: rowsOf(voltages), outputs: rowsOf(readings) }))
    return { data: { sequences }, delays: 16 }
  },
  /** A forecast of the next row, and from it a forecast that runs free. */
  forecast: async () => {
    const rows = rowsOf(mackeyGlass(ROWS))
    return { data: { sequences: [{ inputs: rows, outputs: rows }] }, horizon: 1, delays: 4 }
  },
  filter: async () => {
    const x = lorenzSeries(ROWS).filter((_, i) => i % 3 === 0)
    const noise = await normal(keyOf(0), [ROWS]).data()
    const read = x.map((v, t) => v + NOISE * Number(noise[t]))
    return { data: { sequences: [{ inputs: rowsOf(read), outputs: rowsOf(x) }] } }
  },
  classes: async () => ({ data: await waves() }),
} satisfies Record<string, () => Promise<{ readonly data: DataSequences } & Windowing>>

/** A task and how a network learns it; a table of the user's replaces the data of the task. */
export type SequenceRun = {
  readonly task: keyof typeof tasks
  readonly own: OwnSequences | null
  /** Rows of a step, steps with targets and steps before them; absent: those of the task. */
  readonly windowing: Pick<Windowing, 'delays' | 'window' | 'warmUp'>
  readonly network: 'recurrent' | 'gru' | 'lstm'
  readonly estimator: string
  readonly steps: number
  /** Whether simpler methods learn the same data after it. */
  readonly compare: boolean
}

/** The first request names the run; the next ones, with null, follow it. */
export type SequenceQuestion = { readonly begin: SequenceRun | null }

/** The predictions of a trained network for the windows that were held back, and its scores. */
export type SequenceResult = {
  /** Targets and predictions of the first output at the scored steps, one window after the other; of classes none. */
  readonly truth: Float64Array
  readonly prediction: Float64Array
  /** Of classes: their names, and by the true class how many windows were given which. */
  readonly classes: { readonly names: readonly string[]; readonly counts: readonly (readonly number[])[] } | null
  /** Errors, of classes accuracies, of this network (first) and of others. */
  readonly scores: readonly (readonly [name: string, score: number])[]
  /** Of a forecast by one row: errors of running free, by the rows ahead. */
  readonly horizon: NonNullable<TrainedRun['result']['horizon']>
}

/** The loss of a step; with the result, the last one. */
export type SequenceFrame = {
  readonly step: number
  readonly loss: number
  readonly result: SequenceResult | null
}

const otherNames = {
  ...{ untrained: 'the same, untrained, its readout solved', linear: 'linear ridge regression' },
  ...{ kernel: 'kernel ridge regression', echoState: 'echo state network', persistence: 'the last known value' },
  majority: 'the most frequent class',
} as const

async function resultOf(run: TrainedRun): Promise<SequenceResult> {
  const { experiment, variables, result } = run
  const [measured, on] = [await experiment.measure(variables, 'test'), await experiment.data('test')]
  const { window, outputs } = experiment.problem as RegressionProblem
  const y = on.kind === 'points' ? on.points.y : new Float64Array()
  const { prediction, accuracy } = measured
  const scores: Readonly<Record<string, number | null | undefined>> = result.accuracies ?? run.baselines
  const others = Object.entries(otherNames).flatMap(([name, title]) =>
    typeof scores[name] === 'number' ? [[title, scores[name]] as const] : [],
  )
  const common = { scores: [['this network', accuracy ?? run.relativeL2] as const, ...others] }
  const names = window?.classes
  if (names === undefined) {
    const first = (values: Float64Array): Float64Array =>
      values.filter((_, i) => i % (window?.outputs ?? outputs) === 0)
    return { ...common, truth: first(y), prediction: first(prediction), classes: null, horizon: result.horizon ?? [] }
  }
  const counts = names.map(() => names.map(() => 0))
  const largest = (values: Float64Array): number => values.reduce((best, v, i) => (v > values[best]! ? i : best), 0)
  for (let w = 0; w < y.length; w += names.length)
    counts[largest(y.subarray(w, w + names.length))]![largest(prediction.subarray(w, w + names.length))]!++
  const none = new Float64Array()
  return { ...common, truth: none, prediction: none, classes: { names, counts }, horizon: [] }
}

/** Trains networks on sequences, on one thread of this worker; a new run ends the one before. */
export function makeSequences(): (question: SequenceQuestion) => Promise<SequenceFrame> {
  let events: AsyncGenerator<TrainEvent, void, undefined> | null = null
  let last = { step: 0, loss: NaN }
  return async ({ begin }) => {
    if (begin !== null) {
      await events?.return()
      const { task, own, windowing, compare, ...how } = begin
      const baselines = compare ? 'classical' : 'none'
      const inputRows =
        own === null ? { ...(await tasks[task]()), ...windowing } : { problem: await ownSequences(own, windowing) }
      events = train.steps({
        ...inputRows,
        ...how,
        hidden: [32],
        patience: PATIENCE,
        baselines,
        backend: 'cpu',
        threads: 1,
        trial: false,
      })
      last = { step: 0, loss: NaN }
    }
    for (;;) {
      const next = await events?.next()
      const event = next?.value ?? null
      if (event === null || event === undefined) return { ...last, result: null }
      if (event.type === 'metrics') return { ...(last = { step: event.step, loss: event.loss }), result: null }
      if (event.type !== 'trained') continue
      await using run = event.run
      return { ...last, result: await resultOf(run) }
    }
  }
}
