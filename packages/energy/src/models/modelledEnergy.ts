import type { Counts } from '../count/counts.js'
import { type EnergyModel, type Priced, pricedNames } from './energyModel.js'

/** Energy according to a model: a range in picojoules, with the name of the model. */
export interface ModelledEnergy {
  readonly model: string
  readonly low: number
  readonly high: number
  /** The share of each priced count, the largest high end first. */
  readonly parts: readonly {
    readonly name: Priced
    readonly count: number
    readonly low: number
    readonly high: number
  }[]
  /** Counts above 0 for which the model has no price: the range omits them. */
  readonly uncovered: readonly { readonly name: Priced; readonly count: number }[]
}

/**
 * Applies a model to counts: low = Σ count · low price, high = Σ count · high price.
 *
 * @example
 * const { low, high } = modelledEnergy(ledger.total, horowitz45)
 */
export function modelledEnergy(counts: Counts, model: EnergyModel): ModelledEnergy {
  const countOf = (name: Priced): number => (name === 'silent' ? counts.decisions - counts.spikes : counts[name])
  const parts = pricedNames.flatMap((name) => {
    const price = model.picojoules[name]
    const count = countOf(name)
    return price === undefined || count === 0 ? [] : [{ name, count, low: count * price[0], high: count * price[1] }]
  })
  const uncovered = pricedNames
    .filter((name) => model.picojoules[name] === undefined && !model.included.includes(name) && countOf(name) > 0)
    .map((name) => ({ name, count: countOf(name) }))
  return {
    model: model.name,
    low: parts.reduce((sum, p) => sum + p.low, 0),
    high: parts.reduce((sum, p) => sum + p.high, 0),
    parts: parts.sort((a, b) => b.high - a.high),
    uncovered,
  }
}
