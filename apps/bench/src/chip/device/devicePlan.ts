/** The plan of `device`: it trains networks on a simulated chip and compares them with the same networks in floats. */
import { loihi2 } from '@spikeward/chip'
import type { ChipProblem } from '../chipProblems.js'
import type { DeviceErrors, ReadoutTraining } from './deviceTraining.js'
import type { DeviceKind, DeviceLossName, DeviceSearch, DeviceTrial } from './deviceTrials.js'
import type { FloatTrial } from '../floatBaseline.js'
import type { DeviceSettings } from '../floatTraining.js'

/** Steps of the three kinds of training. */
export type DeviceSteps = { readonly float: number; readonly tune: number; readonly scratch: number }

/** One network on one device. Errors are relative L2 on the test points, with the readout unchanged and with it solved again. */
export type DeviceRow = {
  readonly key: number
  readonly kind: DeviceKind
  readonly estimator: string
  /** Where the losses are formed; absent in older runs, which formed them on the host. */
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
  /** On the device, before training. */
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
  readonly estimators: readonly string[]
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
export const ALONE = { 'fine-tuning': 'held', 'from-scratch': 'learned' } as const

/** The spread of thresholds and decays for which rates of fine-tuning are chosen. */
export const TRIAL_SPREAD = 0.1

/** The share of synapses of an imperfect device that are stuck. */
export const STUCK = 0.01

/** The spreads of the devices for fine-tuning: at 8 bits, and at fewer. */
export const spreadsAt = (bits: number): readonly number[] =>
  bits === loihi2.weightBits ? [0.05, 0.1, 0.2] : [TRIAL_SPREAD]

/** A search with all of its fields. */
export type PlannedSearch = Required<DeviceSearch>

/** The searches of a kind: fine-tuning is measured with node perturbation alone. */
export function searchesOf({ estimators, losses, bits }: DevicePlan, kind: DeviceKind): readonly PlannedSearch[] {
  const named = kind === 'fine-tuning' ? (['nodePerturbation'] as const) : estimators
  return named.flatMap((estimator) =>
    losses.flatMap((loss) =>
      bits.flatMap((b) =>
        ([ALONE[kind], 'solved'] as const).map((readout) => ({ kind, estimator, loss, bits: b, readout })),
      ),
    ),
  )
}
