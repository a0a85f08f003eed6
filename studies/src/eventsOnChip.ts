/** Event-driven time-steppers of fronts in the integers of Loihi 2: the cost of fewer bits of a weight. */
import { fieldWords, floatStepper, loihi2, quantiseStepper, runStepper, stepperTraffic } from '@spikeward/chip'
import { tuneStepper, withStepperMismatch } from '@spikeward/chip'
import type { ChipStepper } from '@spikeward/chip'
import { jit, key as keyOf, sum, tensor, uniform } from '@spikeward/core'
import type { ByLayer, Tensor } from '@spikeward/core'
import { eventWork, loihi1Network, loihi1Times, networkEnergy, networkTime } from '@spikeward/energy'
import { spsa } from '@spikeward/estimators'
import { cnnStep } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { sampleMedian, sigmaDeltaRollout, sigmaDeltaStart, toSigmaDelta } from '@spikeward/train'
import { END, cellsOf, denseError, errorOf, fronts, initialOf, initialParams } from './fronts.js'
import { restOf, setsOf, stepsOf, train, wholeFields } from './fronts.js'
import type { Front, Params, Sizes, Stepper } from './fronts.js'
import type { Study, StudyRun } from './tools.js'
import { columns, digits, titled } from './tools.js'

/** The rival of the study of events on a line, and its training. */
const [STEPPER, SIZES] = [{ width: 12, depth: 1, stride: 2 } satisfies Stepper, [64, 64, 64] satisfies Sizes]
const WINDOWS = { steps: 1000, batch: 16, rate: 3e-3, unrolled: 4 }
const ROLLOUTS = { steps: 500, batch: 8, rate: 1e-3, unrolled: null }

/** An imperfect chip: the relative spread of weights and thresholds, and the perturbations of the tuning on it. */
const [SPREAD, PERTURBATIONS] = [0.2, 300]

/** One task with one pair of data and network keys: errors on the test functions. */
export interface ChipEventsRow {
  readonly name: string
  readonly key: number
  /** Of the network in floats, every value sent. */
  readonly dense: number
  /** In floats, event by event. */
  readonly events: number
  /** On the chip, with weights of a number of bits. */
  readonly chip: readonly { readonly bits: number; readonly error: number }[]
  /** On a chip whose weights and thresholds differ: as quantised, tuned on it, and tuned with random signs. */
  readonly imperfect: { readonly untuned: number; readonly tuned: number; readonly randomSigns: number }
  /** Messages of one function in a unit of time, with the widest weights; the next two are of the same run. */
  readonly messages: number
  /** Nanojoules of one function in a unit of time. */
  readonly energy: number
  /** Units of simulated time that the chip computes in a second. */
  readonly realTimeFactor: number
}

/** All rows. */
export interface ChipEventsResult {
  readonly rows: readonly ChipEventsRow[]
}

async function study(front: Front, key: number, run: StudyRun): Promise<ChipEventsRow> {
  const { backend, log } = run
  const [training, validation, test] = await setsOf(front, key, SIZES)
  const keys = keyOf(key, { backend }).fold(9).split(4)
  const begun = await train(STEPPER, initialParams(front, STEPPER, keys[0]!), training, WINDOWS, keys[1]!, backend)
  const params = await train(STEPPER, begun, training, ROLLOUTS, keys[2]!, backend)
  const tuned = await toSigmaDelta(cnnStep, params, {
    ...{ estimator: spsa({ size: 0.1, directions: 2 }), optimizer: adam(0.1), steps: 100, key: keys[3]! },
    ...{ reference: wholeFields(validation, STEPPER, backend), rest: restOf(front), leaks: [0.5, 1], tolerance: 1.01 },
  })
  const [steps, u] = [stepsOf(front, STEPPER), initialOf(wholeFields(test, STEPPER, backend))]
  const rolled = jit(
    (p: Params, thresholds: ByLayer, v: Tensor) =>
      sigmaDeltaRollout(
        cnnStep,
        p,
        { thresholds, leak: tuned.leak },
        sigmaDeltaStart(cnnStep, p, v, restOf(front)),
        steps,
      ).fields,
  )
  const events = errorOf(await rolled(params, tuned.thresholds, u).data(), test, STEPPER.stride)
  const { layers } = params
  const units = { leak: tuned.leak, thresholds: layers.map((_, l) => tuned.thresholds[`layers.${l}.weight`]!) }
  const floats = await floatStepper(layers, units, { cells: front.shape, edges: 'circular', rest: restOf(front) })
  const calibration = Float64Array.from(validation.values)
  const runOf = async (network: ChipStepper) => {
    const start = tensor(fieldWords(network, await u.data()), { shape: u.shape, dtype: 'i32', backend })
    const { fields, messages } = jit((v: Tensor) => runStepper(network, v, steps, backend))(start)
    const values = Float64Array.from(await fields.data(), (v) => Number(v) / network.fieldScale)
    const sent = await Promise.all(messages.map(async (m) => (await sum(m).item()) / test.count))
    return { network, sent, error: errorOf(values, test, STEPPER.stride) }
  }
  const onChip = (bits: number) => runOf(quantiseStepper(loihi2, floats, calibration, { bits }))
  const [widest, ...narrower] = await Promise.all([8, 7, 6].map(async (bits) => ({ bits, ...(await onChip(bits)) })))
  const { network, sent } = widest!
  const numbers = await uniform(keyOf(key, { backend }).fold(44), [100_000]).data()
  const from = (first: number) => () => Number(numbers[first++ % numbers.length])
  const apart = withStepperMismatch(network, { spread: SPREAD, uniform: from(0) })
  const fields = Float64Array.from(await wholeFields(validation, STEPPER, backend).data(), Number)
  const tunedBy = async (randomSigns: boolean): Promise<number> => {
    const { stepper } = await tuneStepper(network, {
      ...{ onChip: apart, fields, count: validation.count, steps: PERTURBATIONS, batch: 4 },
      ...{ uniform: from(10_000), randomSigns, backend },
    })
    return (await runOf(apart(stepper))).error
  }
  const traffic = stepperTraffic(network, sent)
  const row: ChipEventsRow = {
    ...{ name: front.name, key, dense: await denseError(STEPPER, params, test, run), events },
    chip: [widest!, ...narrower].map(({ bits, error }) => ({ bits, error })),
    imperfect: {
      ...{ untuned: (await runOf(apart(network))).error, tuned: await tunedBy(false) },
      randomSigns: await tunedBy(true),
    },
    messages: sent.reduce((a, b) => a + b) / END,
    energy:
      networkEnergy(
        eventWork(traffic, { evaluations: steps, conversions: cellsOf(front) * (1 + steps) }),
        loihi1Network,
      ) /
      1000 /
      END,
    realTimeFactor: (1e9 * END) / networkTime(traffic, steps, loihi1Times),
  }
  log(`${front.name} ${key}: ${JSON.stringify(row)}`)
  return row
}

/**
 * The event-driven time-steppers of the study of events, in the integers of a chip with sigma–delta units: errors on
 * test functions for weights of several bits. The validation functions calibrate the scales of weights and biases, and
 * tune the thresholds.
 */
export const eventsOnChip: Study<ChipEventsResult> = {
  name: 'events-on-chip',
  summary: 'event-driven time-steppers of fronts in the integers of Loihi 2: error, energy, real-time factor',
  async run(options) {
    const rows: ChipEventsRow[] = []
    for (const front of fronts)
      for (const key of options.quick ? [1] : [1, 2, 3, 4, 5]) rows.push(await study(front, key, options))
    return { rows }
  },
  table: ({ rows }) => {
    const of = (name: string): readonly ChipEventsRow[] => rows.filter((row) => row.name === name)
    const medians = [...new Set(rows.map(({ name }) => name))].map((name) => ({ name, keys: 'median', own: of(name) }))
    const groups = [...rows.map((row) => ({ name: row.name, keys: String(row.key), own: [row] })), ...medians]
    type Group = (typeof groups)[number]
    const median = (read: (row: ChipEventsRow) => number, places: number) => (group: Group) =>
      sampleMedian(group.own.map(read)).toFixed(places)
    const ratio = (read: (row: ChipEventsRow) => number) => median((row) => read(row) / row.dense, 2)
    const table = columns<Group>(groups, {
      task: ({ name }) => name,
      keys: ({ keys }) => keys,
      'dense, floats': ({ own }) => digits(sampleMedian(own.map((row) => row.dense))),
      'events, floats': ratio((row) => row.events),
      ...Object.fromEntries(
        rows[0]!.chip.map(({ bits }, i) => [`chip, ${bits} bits`, ratio((row) => row.chip[i]!.error)]),
      ),
      'weights and thresholds differ': ratio((row) => row.imperfect.untuned),
      'tuned on it': ratio((row) => row.imperfect.tuned),
      'random signs': ratio((row) => row.imperfect.randomSigns),
      messages: median((row) => row.messages, 0),
      nJ: median((row) => row.energy, 0),
      'real-time factor': median((row) => row.realTimeFactor, 0),
    })
    return titled(
      'Event-driven time-steppers in integers',
      table,
      `Errors ÷ that of the dense network in floats, on test functions. Weights and thresholds differ by ${100 * SPREAD} % at 8 bits; ${PERTURBATIONS} perturbations on validation functions tune gains, offsets and thresholds of channels in integers. Messages and energy of one function in a unit of time, with weights of 8 bits. Prices: ${loihi1Network.source}; times: ${loihi1Times.source}. The real-time factor takes the unit of time for a second.`,
    )
  },
}
