/** Run folders of version 1, whose config.json named the options of estimator, neuron and problem one by one. */
import { isCount, isPositive, isText, isTruth, isWidths, orNull } from './checks.js'
import type { Check } from './checks.js'
import type { OptionValue, OptionValues } from '../../catalogue/optionValues.js'

type Settings = Readonly<Record<string, unknown>>

/** The settings of version 1 that version 2 stores under options. */
export const format1: Readonly<Record<string, Check>> = {
  interval: orNull((v) => Array.isArray(v) && v.length === 2 && v.every(Number.isFinite)),
  sensors: orNull(isCount),
  lengthScale: orNull(isPositive),
  resolution: orNull(isCount),
  sizes: orNull((v) => isWidths(v) && (v as readonly number[]).length === 3),
  beta: orNull((v) => typeof v === 'number' && v >= 0 && v <= 1),
  reset: orNull(isText),
  scope: orNull(isText),
  directions: orNull(isCount),
  distribution: orNull(isText),
  size: orNull(isPositive),
  readout: orNull(isText),
  damping: orNull(isPositive),
  adapt: orNull(isTruth),
}

const chosen = (settings: Settings, names: readonly string[]): OptionValues =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = settings[name]
      return value === null || value === undefined ? [] : [[name, value as OptionValue]]
    }),
  )

/** Converts the settings of version 1 to version 2: the same run, bit for bit. */
export function fromFormat1(settings: Settings): Settings {
  const rest = Object.fromEntries(Object.entries(settings).filter(([name]) => !Object.hasOwn(format1, name)))
  const sizes = settings['sizes'] as readonly [number, number, number] | null | undefined
  const counts = sizes === null || sizes === undefined ? {} : { train: sizes[0], validation: sizes[1], test: sizes[2] }
  return {
    format: 2,
    patience: null,
    split: null,
    shares: null,
    ...rest,
    problemOptions: { ...chosen(settings, ['interval', 'sensors', 'lengthScale', 'resolution']), ...counts },
    networkOptions: {},
    neuronOptions: chosen(settings, ['beta', 'reset']),
    surrogateOptions: {},
    estimatorOptions: chosen(settings, ['scope', 'directions', 'distribution', 'size', 'readout', 'damping', 'adapt']),
    optimizerOptions: {},
  }
}
