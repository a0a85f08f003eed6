/** Rates and perturbations of trainings on a chip, chosen by the error at validation points of trial keys. */
import * as chipPackage from '@spikeward/chip'
import { errorNeuron, hostLoss, loihi2 } from '@spikeward/chip'
import type { DeviceEstimator, DeviceLoss } from '@spikeward/chip'
import { construct, declaredIn } from '@spikeward/core'
import type { Declared } from '@spikeward/core'
import { mean } from '../../sampleStatistics.js'
import { searchGrid } from '../../tuned/search/searchGrid.js'
import type { ReadoutTraining } from './deviceTraining.js'

/**
 * The kind of a measurement: networks trained in floats and fine-tuned on imperfect devices, or networks trained
 * on devices from the start.
 */
export type DeviceKind = 'fine-tuning' | 'from-scratch'

/** Estimators with integers only, by the names of the command line. */
const factories: ReadonlyMap<string, Declared<object>> = new Map(
  Object.values(declaredIn({ ...chipPackage }, 'deviceEstimator')).map((factory) => [
    factory.declaration.aliases[0] ?? factory.declaration.name,
    factory,
  ]),
)

/** Their names. */
export const deviceEstimatorNames: readonly string[] = [...factories.keys()]

/** Whether an estimator perturbs parameters, by 2^k weight steps. */
const perturbsWeights = (name: string): boolean => 'k' in (factories.get(name)?.declaration.options ?? {})

/** Places where the losses are formed. */
export const deviceLosses = { host: hostLoss, errorNeuron } as const satisfies Readonly<Record<string, DeviceLoss>>

/** A place of losses by name. */
export type DeviceLossName = keyof typeof deviceLosses

/** The settings of a training that trials choose: the first rate, and a perturbation of parameters by 2^k weight steps (else null). */
export type DeviceChoice = { readonly rate: number; readonly k: number | null }

/** A training whose settings are searched. */
export type DeviceSearch = {
  readonly kind: DeviceKind
  readonly estimator: string
  readonly bits: number
  /** How the host treats the readout. Absent in older runs, which solved it. */
  readonly readout?: ReadoutTraining
  /** Where the losses are formed. Absent in older runs, which formed them on the host. */
  readonly loss?: DeviceLossName
}

/** A trial: a training, its settings, and its error at the validation points with the readout as the host left it. */
export type DeviceTrial = DeviceSearch & DeviceChoice & { readonly key: number; readonly validation: number }

/** The estimator of a choice. */
export function deviceEstimatorOf(name: string, { k }: DeviceChoice): DeviceEstimator {
  const factory = factories.get(name)
  if (factory === undefined) throw new Error(`no estimator of a chip is called ${name}`)
  return construct(factory, k === null ? {} : { k }) as DeviceEstimator
}

/** First rates of 8 bits. */
const firstRates: Readonly<Record<DeviceKind, readonly number[]>> = {
  'fine-tuning': [-5, -4, -3],
  'from-scratch': [-2, -1, 0],
}

/** Rates that a search may reach. */
const RATES = [-14, 4] as const

/**
 * The candidates from which a search starts. The coarser a weight, the more rarely it changes, so rates fall with the
 * number of missing bits; a perturbation of parameters is at least one step of a weight.
 */
export function candidatesOf({ kind, estimator, bits }: DeviceSearch): readonly DeviceChoice[] {
  const missing = loihi2.weightBits - bits
  const ks = perturbsWeights(estimator) ? [...new Set([0, 1, 2].map((k) => Math.max(0, k - missing)))] : [null]
  return ks.flatMap((k) => firstRates[kind].map((first) => ({ rate: first - missing, k })))
}

/**
 * Tries the candidates of a training with every key, and then the neighbours of the best one until all of them have
 * been tried.
 *
 * @param keys of the trials
 * @param errorOf the error at the validation points of a training with these settings
 */
export async function searchSettings(
  search: DeviceSearch,
  keys: readonly number[],
  errorOf: (choice: DeviceChoice, key: number) => Promise<number>,
): Promise<readonly DeviceTrial[]> {
  const trials: DeviceTrial[] = []
  const start = candidatesOf(search).map(({ rate, k }) => (k === null ? [rate] : [rate, k]))
  // A perturbation is at least one step of a weight, and at most half of its range.
  await searchGrid(start, [RATES, [0, search.bits - 1]], async ([rate = 0, k = null]) => {
    const errors: number[] = []
    for (const key of keys) {
      const validation = await errorOf({ rate, k }, key)
      trials.push({ ...search, rate, k, key, validation })
      errors.push(validation)
    }
    return mean(errors)
  })
  return trials
}

/** Where the losses of a search are formed. */
export const lossOf = ({ loss = 'host' }: Pick<DeviceSearch, 'loss'>): DeviceLossName => loss

/** Whether a trial belongs to a search. */
const belongs =
  (search: DeviceSearch) =>
  (trial: DeviceTrial): boolean =>
    trial.kind === search.kind &&
    trial.estimator === search.estimator &&
    trial.bits === search.bits &&
    trial.readout === search.readout &&
    lossOf(trial) === lossOf(search)

/** The choices of a search with the mean validation error over its trials, in the order of the trials. */
export function meansOf(
  trials: readonly DeviceTrial[],
  search: DeviceSearch,
): readonly (DeviceChoice & { readonly validation: number })[] {
  const own = new Map<string, DeviceTrial[]>()
  for (const t of trials.filter(belongs(search)))
    own.set(`${t.rate}, ${t.k}`, [...(own.get(`${t.rate}, ${t.k}`) ?? []), t])
  return [...own.values()].map((same) => {
    const { rate, k } = same[0]!
    return { rate, k, validation: mean(same.map((t) => t.validation)) }
  })
}

/** The choice with the least mean validation error over its trials. */
export function bestOf(trials: readonly DeviceTrial[], search: DeviceSearch): DeviceChoice {
  const { rate, k } = meansOf(trials, search).reduce((best, m) => (m.validation < best.validation ? m : best))
  return { rate, k }
}
