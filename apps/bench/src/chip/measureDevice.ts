/** Networks trained on a simulated chip, compared with the same networks in floats. */
import type { Backend } from '@spikeward/core'
import { loihi2, toDevice, withMismatch } from '@spikeward/chip'
import type { DeviceArrays } from '@spikeward/chip'
import { floatBaseline } from './floatBaseline.js'
import type { FloatTrial } from './floatBaseline.js'
import { floatRates } from './chipProblems.js'
import type { ChipProblem } from './chipProblems.js'
import { openDevice } from './deviceTraining.js'
import type { DeviceErrors, TrainingOnChip, ReadoutTraining } from './deviceTraining.js'
import { bestOf, deviceLosses, estimatorOf, searchSettings } from './deviceTrials.js'
import type {
  DeviceChoice,
  DeviceEstimatorName,
  DeviceKind,
  DeviceLossName,
  DeviceSearch,
  DeviceTrial,
} from './deviceTrials.js'
import { trainFloat, untrainedFloat } from './floatTraining.js'
import type { DeviceSettings, FloatNetwork } from './floatTraining.js'

/** Steps of the three kinds of training. */
export type DeviceSteps = { readonly float: number; readonly tune: number; readonly scratch: number }

/** One network on one device. Errors are relative L2 on the test points, with the readout as it was and solved again. */
export type DeviceRow = {
  readonly key: number
  readonly kind: DeviceKind
  readonly estimator: DeviceEstimatorName
  /** Where the losses are formed; absent from runs that formed them on the host without a choice. */
  readonly loss?: DeviceLossName
  readonly bits: number
  /** Spread of thresholds and decays; 0: a perfect device. */
  readonly spread: number
  /**
   * In floats: trained by eligibility for fine-tuning; by spsa from scratch, at the rate that is best with the learned readout, and, for
   * the error of a solved readout, at the rate that is best after a solve.
   */
  readonly float: DeviceErrors
  /** Quantised, on a perfect device. */
  readonly quantised: DeviceErrors
  /** On the device, before training there. */
  readonly before: DeviceErrors
  /**
   * After training on the device, by the treatment of the readout: fine-tuning holds it, training from scratch learns
   * it.
   */
  readonly trained: Partial<Readonly<Record<ReadoutTraining, DeviceErrors>>>
}

/** The measurements, and the lengths of their trainings. */
export type DevicePlan = {
  readonly problem: ChipProblem
  readonly settings: DeviceSettings
  readonly steps: DeviceSteps
  readonly kinds: readonly DeviceKind[]
  readonly estimators: readonly DeviceEstimatorName[]
  readonly losses: readonly DeviceLossName[]
  readonly bits: readonly number[]
  readonly trialKeys: readonly number[]
  readonly keys: readonly number[]
}

/** The rows, the trials that chose their settings, and the trials of the learning rate in floats. */
export type DeviceMeasurements = {
  readonly floatTrials: readonly FloatTrial[]
  readonly trials: readonly DeviceTrial[]
  readonly rows: readonly DeviceRow[]
}

/** How the host treats its readout while it does not solve it. */
const ALONE = { 'fine-tuning': 'held', 'from-scratch': 'learned' } as const

/** The share of synapses that are stuck, and the spread of thresholds and decays for which rates of fine-tuning are chosen. */
const [STUCK, TRIAL_SPREAD] = [0.01, 0.1]

/** The spreads of the devices for fine-tuning: at 8 bits, and at fewer. */
const spreadsAt = (bits: number): readonly number[] => (bits === loihi2.weightBits ? [0.05, 0.1, 0.2] : [TRIAL_SPREAD])

/** Uniform numbers in [0, 1) from a key. */
function uniformFrom(key: number): () => number {
  let state = (key * 2_654_435_761) >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A search with all of its fields. */
type PlannedSearch = Required<DeviceSearch>

/** The searches of a kind: fine-tuning is measured with node perturbation alone. */
function searchesOf({ estimators, losses, bits }: DevicePlan, kind: DeviceKind): readonly PlannedSearch[] {
  const named = kind === 'fine-tuning' ? (['nodePerturbation'] as const) : estimators
  return named.flatMap((estimator) =>
    losses.flatMap((loss) =>
      bits.flatMap((b) =>
        ([ALONE[kind], 'solved'] as const).map((readout) => ({ kind, estimator, loss, bits: b, readout })),
      ),
    ),
  )
}

const told = ({ kind, estimator, loss, bits }: PlannedSearch): string =>
  `${kind}, ${estimator}, losses by ${loss}, ${bits} bits`

/** Measures all rows, after the trials that choose their settings. */
export async function measureDevice(
  plan: DevicePlan,
  backend: Backend,
  report: (told: string) => void,
): Promise<DeviceMeasurements> {
  const { problem, settings, steps } = plan
  const rates = floatRates[problem.problem.name]!
  const stepsOf = (kind: DeviceKind): number => (kind === 'fine-tuning' ? steps.tune : steps.scratch)
  const deviceOf = (network: FloatNetwork, bits: number, spread: number, key: number): DeviceArrays => {
    const perfect = toDevice(loihi2, network.mlp, { bits })
    return spread === 0 ? perfect : withMismatch(perfect, { spread, stuck: STUCK, uniform: uniformFrom(key) })
  }
  /** Errors on a device, after a training if one is given. */
  const measure = async (
    arrays: DeviceArrays,
    network: FloatNetwork,
    how: Omit<TrainingOnChip, 'batch'> | null,
    split: 'validation' | 'test' = 'test',
  ): Promise<DeviceErrors> => {
    const opened = await openDevice(arrays, network.readout, problem, backend)
    if (how !== null) await opened.train({ ...how, batch: settings.batch })
    const errors = await opened.errors(split)
    opened.dispose()
    return errors
  }
  /** The network before it is trained on the chip. */
  const startOf = (kind: DeviceKind, key: number): Promise<FloatNetwork> => {
    const how = { estimator: 'eligibility', learningRate: rates.eligibility, steps: steps.float, key } as const
    return kind === 'fine-tuning'
      ? trainFloat(problem, settings, how, backend)
      : untrainedFloat(problem, settings, key, backend)
  }
  const spsaInFloats = (learningRate: number, key: number): Promise<FloatNetwork> =>
    trainFloat(problem, settings, { estimator: 'spsa', learningRate, steps: steps.scratch, key }, backend)
  const baseline = plan.kinds.includes('from-scratch')
    ? await floatBaseline(rates.spsa, plan.trialKeys, spsaInFloats)
    : null
  const howOf = (
    { kind, estimator, loss, readout }: PlannedSearch,
    choice: DeviceChoice,
  ): Omit<TrainingOnChip, 'batch' | 'key'> => ({
    estimator: estimatorOf(estimator, choice),
    loss: deviceLosses[loss],
    rate: choice.rate,
    steps: stepsOf(kind),
    readout,
  })
  const networks = new Map<string, FloatNetwork>()
  const startedFrom = async (kind: DeviceKind, key: number): Promise<FloatNetwork> => {
    const name = `${kind} ${key}`
    const network = networks.get(name) ?? (await startOf(kind, key))
    networks.set(name, network)
    return network
  }
  const trials: DeviceTrial[] = []
  for (const kind of plan.kinds) {
    const spread = kind === 'fine-tuning' ? TRIAL_SPREAD : 0
    for (const search of searchesOf(plan, kind)) {
      const found = await searchSettings(search, plan.trialKeys, async (choice, key) => {
        const network = await startedFrom(kind, key)
        const arrays = deviceOf(network, search.bits, spread, key)
        return (await measure(arrays, network, { ...howOf(search, choice), key }, 'validation')).relativeL2
      })
      trials.push(...found)
      report(`${told(search)}, readout ${search.readout}: ${found.length} trials`)
    }
  }

  const rows: DeviceRow[] = []
  for (const key of plan.keys) {
    for (const kind of plan.kinds) {
      const network = await startedFrom(kind, key)
      const float = kind === 'fine-tuning' ? network.errors : ((await baseline?.errorsOf(key)) ?? network.errors)
      for (const search of searchesOf(plan, kind).filter(({ readout }) => readout === ALONE[kind])) {
        const { estimator, loss, bits } = search
        for (const spread of kind === 'fine-tuning' ? spreadsAt(bits) : [0]) {
          const device = deviceOf(network, bits, spread, key)
          const train = (readout: ReadoutTraining): Promise<DeviceErrors> => {
            const own = { ...search, readout }
            return measure(device, network, { ...howOf(own, bestOf(trials, own)), key })
          }
          const row: DeviceRow = {
            key,
            kind,
            estimator,
            loss,
            bits,
            spread,
            float,
            quantised: await measure(deviceOf(network, bits, 0, key), network, null),
            before: await measure(device, network, null),
            trained: { [ALONE[kind]]: await train(ALONE[kind]), solved: await train('solved') },
          }
          rows.push(row)
          const ends = Object.entries(row.trained).map(([how, e]) => `${how} ${e.relativeL2.toFixed(4)}`)
          report(
            `key ${key}, ${told(search)}, spread ${spread}: ${row.before.relativeL2.toFixed(4)} → ${ends.join(', ')}`,
          )
        }
      }
    }
  }
  return { floatTrials: baseline?.trials ?? [], trials, rows }
}
