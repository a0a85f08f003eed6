/** Rates and perturbations of trainings on a chip, chosen by the error at validation points of trial keys. */
import { deviceNodePerturbation, deviceSpsa, loihi2 } from '@spikeward/chip'
import type { DeviceEstimator } from '@spikeward/chip'

/** What is measured: networks trained in floats and tuned on imperfect devices, or networks trained there from the start. */
export type DeviceKind = 'fine-tuning' | 'from-scratch'

/** Estimators with integers only. */
export const deviceEstimatorNames = ['nodePerturbation', 'spsa'] as const

/** An estimator on the chip by name. */
export type DeviceEstimatorName = (typeof deviceEstimatorNames)[number]

/** The settings of a training that trials choose: the first rate, and spsa's perturbation of 2^k weight steps (else null). */
export type DeviceChoice = { readonly rate: number; readonly k: number | null }

/** A trial: what was trained with which settings, and its error at the validation points, readout solved. */
export type DeviceTrial = DeviceChoice & {
  readonly kind: DeviceKind
  readonly estimator: DeviceEstimatorName
  readonly bits: number
  readonly key: number
  readonly validation: number
}

/** The estimator of a choice. */
export const estimatorOf = (name: DeviceEstimatorName, { k }: DeviceChoice): DeviceEstimator =>
  name === 'spsa' ? deviceSpsa(k === null ? {} : { k }) : deviceNodePerturbation()

/** First rates of 8 bits. */
const firstRates: Readonly<Record<DeviceKind, readonly number[]>> = {
  'fine-tuning': [-5, -4, -3],
  'from-scratch': [-2, -1, 0],
}

/**
 * The candidates of a training. A coarse weight moves as rarely as its step is larger, so rates fall with the bits that are missing;
 * spsa perturbs by at least one step of a weight.
 */
export function candidatesOf(kind: DeviceKind, name: DeviceEstimatorName, bits: number): readonly DeviceChoice[] {
  const missing = loihi2.weightBits - bits
  const ks = name === 'spsa' ? [...new Set([0, 1, 2].map((k) => Math.max(0, k - missing)))] : [null]
  return ks.flatMap((k) => firstRates[kind].map((first) => ({ rate: first - missing, k })))
}

/** The choice with the least mean validation error over its trials. */
export function bestOf(
  trials: readonly DeviceTrial[],
  { kind, estimator, bits }: Pick<DeviceTrial, 'kind' | 'estimator' | 'bits'>,
): DeviceChoice {
  const own = trials.filter((t) => t.kind === kind && t.estimator === estimator && t.bits === bits)
  const errorOf = ({ rate, k }: DeviceChoice): number => {
    const errors = own.filter((t) => t.rate === rate && t.k === k).map((t) => t.validation)
    return errors.reduce((sum, e) => sum + e, 0) / errors.length
  }
  const { rate, k } = own.reduce((best, t) => (errorOf(t) < errorOf(best) ? t : best))
  return { rate, k }
}
