/** Networks trained on a simulated chip, beside the same networks in floats. */
import type { Backend } from '@spikeward/core'
import { deviceNodePerturbation, deviceSpsa, loihi2, toDevice, withMismatch } from '@spikeward/chip'
import type { DeviceEstimator } from '@spikeward/chip'
import { floatRates } from './chipProblems.js'
import type { ChipProblem } from './chipProblems.js'
import { openDevice } from './deviceTraining.js'
import type { DeviceErrors, DeviceTraining } from './deviceTraining.js'
import { trainFloat, untrainedFloat } from './floatTraining.js'
import type { DeviceSettings, FloatNetwork } from './floatTraining.js'

/** Steps of the three kinds of training. */
export type DeviceSteps = { readonly float: number; readonly tune: number; readonly scratch: number }

/** What is measured: networks trained in floats and tuned on imperfect devices, or networks trained there from the start. */
export type DeviceKind = 'fine-tuning' | 'from-scratch'

/** One network on one device. Errors are relative L2 on the test points, with the readout as it was and solved again. */
export type DeviceRow = {
  readonly key: number
  readonly kind: DeviceKind
  readonly estimator: string
  readonly bits: number
  /** Spread of thresholds and decays; 0: a perfect device. */
  readonly spread: number
  /** In floats: trained by eligibility for fine-tuning, by spsa from scratch. */
  readonly float: DeviceErrors
  /** Quantised, on a perfect device. */
  readonly quantised: DeviceErrors
  /** On the device, before training there. */
  readonly before: DeviceErrors
  /** After training on the device with the readout as it was; null where the readout is always solved. */
  readonly trained: DeviceErrors | null
  /** After training on the device with a readout that the host solves every hundred steps. */
  readonly trainedSolving: DeviceErrors
}

/** The share of synapses that are stuck, and the steps between solves of the readout. */
const [STUCK, SOLVE_EVERY] = [0.01, 100]

/** Uniform numbers in [0, 1) from a key. */
function uniformFrom(key: number): () => number {
  let state = (key * 2_654_435_761) >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** The first rate in powers of two: a coarse weight moves a step as rarely as its step is larger. */
const rateAt = (first: number, bits: number): number => first - (loihi2.weightBits - bits)

/** Perturbations of the same size at any width, and of at least one step of a weight. */
const spsaAt = (bits: number): DeviceEstimator => deviceSpsa({ k: Math.max(0, 1 - (loihi2.weightBits - bits)) })

/** Measures all rows of one key. */
export async function measureDevice(
  problem: ChipProblem,
  settings: DeviceSettings,
  { steps, kinds }: { readonly steps: DeviceSteps; readonly kinds: readonly DeviceKind[] },
  key: number,
  backend: Backend,
  report: (row: DeviceRow) => void,
): Promise<readonly DeviceRow[]> {
  const rows: DeviceRow[] = []
  const train = async (
    network: FloatNetwork,
    float: DeviceErrors,
    what: Pick<DeviceRow, 'kind' | 'bits' | 'spread'>,
    how: Pick<DeviceTraining, 'estimator' | 'steps' | 'rate'>,
  ): Promise<void> => {
    const perfect = toDevice(loihi2, network.mlp, { bits: what.bits })
    const uniform = uniformFrom(key)
    const device = what.spread === 0 ? perfect : withMismatch(perfect, { spread: what.spread, stuck: STUCK, uniform })
    const measure = async (arrays: typeof device, solveEvery: number | null): Promise<DeviceErrors> => {
      const opened = await openDevice(arrays, network.readout, problem, backend)
      if (solveEvery !== null) await opened.train({ ...how, batch: settings.batch, solveEvery, key })
      const errors = await opened.errors()
      opened.dispose()
      return errors
    }
    const row: DeviceRow = {
      key,
      ...what,
      estimator: how.estimator.name,
      float,
      quantised: await measure(perfect, null),
      before: await measure(device, null),
      trained: what.kind === 'fine-tuning' ? await measure(device, 0) : null,
      trainedSolving: await measure(device, SOLVE_EVERY),
    }
    rows.push(row)
    report(row)
  }
  const rates = floatRates[problem.problem.name]!
  const node = deviceNodePerturbation()
  if (kinds.includes('fine-tuning')) {
    const floated = { learningRate: rates.eligibility, steps: steps.float, key }
    const tuned = await trainFloat(problem, settings, { ...floated, estimator: 'eligibility' }, backend)
    for (const [bits, spread] of [
      [8, 0.05],
      [8, 0.1],
      [8, 0.2],
      [6, 0.1],
      [4, 0.1],
    ] as const) {
      const how = { estimator: node, steps: steps.tune, rate: rateAt(-4, bits) }
      await train(tuned, tuned.errors, { kind: 'fine-tuning', bits, spread }, how)
    }
  }
  if (kinds.includes('from-scratch')) {
    const spsaHow = { learningRate: rates.spsa, steps: steps.scratch, key, estimator: 'spsa' } as const
    const bySpsa = await trainFloat(problem, settings, spsaHow, backend)
    const untrained = await untrainedFloat(problem, settings, key, backend)
    // A long training ends with smaller steps than a short one.
    const first = steps.scratch > 2000 ? -2 : -1
    for (const [estimator, bits] of [
      ...([8, 6, 4] as const).map((b) => [node, b] as const),
      ...([8, 6, 4] as const).map((b) => [spsaAt(b), b] as const),
    ]) {
      const how = { estimator, steps: steps.scratch, rate: rateAt(estimator === node ? -1 : first, bits) }
      await train(untrained, bySpsa.errors, { kind: 'from-scratch', bits, spread: 0 }, how)
    }
  }
  return rows
}
