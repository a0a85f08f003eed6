/** Converts points of a search to options of a run, and back. */
import { isNetworkSize, networkSizes } from '../catalogue/kinds/networkSizes.js'
import type { OptionValue } from '../catalogue/optionValues.js'
import { declaredKinds } from '../config/declaredValues.js'
import type { TrainConfig, TrainOptions } from '../config/trainConfig.js'
import { placeOf } from './dimension.js'
import type { Dimension, Point } from './dimension.js'
import { isSearchSetting } from './searchSpace.js'

export function optionsAt(common: TrainOptions, point: Point): TrainOptions {
  const entries = Object.entries(point)
  const run = entries
    .filter(([name]) => isSearchSetting(name))
    .map(([name, value]) => [name, isNetworkSize(name) && networkSizes[name] === 'widths' ? [Number(value)] : value])
  const declared = Object.fromEntries(entries.filter(([name]) => !isSearchSetting(name)))
  return {
    ...common,
    ...(Object.fromEntries(run) as Partial<TrainOptions>),
    declared: { ...common.declared, ...declared },
  }
}

/** The value of a setting in a run; undefined if the run does not state it. */
function valueIn(config: TrainConfig, name: string): OptionValue | undefined {
  if (isSearchSetting(name)) {
    const value = config[name]
    if (value === null || value === undefined) return undefined
    if (typeof value !== 'object') return value
    return value.length === 1 ? value[0] : undefined
  }
  const found = declaredKinds.map((kind) => config[`${kind}Options`][name]).find((value) => value !== undefined)
  return found
}

const isWithin = (d: Dimension, value: OptionValue): boolean =>
  d.kind === 'choice' ? d.choices.includes(value) : Number(value) >= d.low && Number(value) <= d.high

/** The point of a run's own settings; null if the space does not contain it, or the run does not state them all. */
export function pointOf(space: readonly Dimension[], config: TrainConfig): Point | null {
  const entries = space.map((d) => [d, valueIn(config, d.name)] as const)
  if (entries.some(([d, value]) => value === undefined || !isWithin(d, value) || Number.isNaN(placeOf(d, value))))
    return null
  return Object.fromEntries(entries.map(([{ name }, value]) => [name, value!]))
}
