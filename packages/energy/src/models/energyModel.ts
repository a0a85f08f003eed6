import { SpikewardError, isRecord, parseJson } from '@spikeward/core'
import { type Counts, countNames } from '../count/counts.js'

/** Names of prices: those of the counts, and firing decisions without a spike. */
export type Priced = keyof Counts | 'silent'

/** The lowest and the highest price of one unit, in picojoules. */
export type Price = readonly [low: number, high: number]

/**
 * Prices of operations as a table with its source. A model never covers everything: `included` names counts whose cost
 * is part of another price, and every other count without a price is reported as uncovered.
 */
export interface EnergyModel {
  readonly name: string
  readonly summary: string
  /** Where the prices are from. */
  readonly source: string
  readonly picojoules: Readonly<Partial<Record<Priced, Price>>>
  readonly included: readonly Priced[]
}

/** Names that a model may price. */
export const pricedNames: readonly Priced[] = [...countNames, 'silent']

const invalid = (what: string): SpikewardError =>
  new SpikewardError(
    'ENERGY_MODEL_INVALID',
    `${what}; an energy model is { "name", "summary", "source", "picojoules": { "acs": [low, high], … }, "included": [names] }, with the names ${pricedNames.join(', ')}`,
  )

const textOf = (record: Record<string, unknown>, field: string): string => {
  const value = record[field]
  if (typeof value === 'string' && value !== '') return value
  throw invalid(`${field} of the energy model is missing or not a string`)
}

const isPriced = (name: unknown): name is Priced => pricedNames.some((n) => n === name)

/**
 * Reads a user's model from JSON.
 *
 * @throws ENERGY_MODEL_INVALID
 */
export function readEnergyModel(json: string): EnergyModel {
  let value: unknown
  try {
    value = parseJson(json)
  } catch (cause) {
    throw new SpikewardError(
      'ENERGY_MODEL_INVALID',
      `the energy model is not valid JSON: ${(cause as Error).message}; correct its syntax`,
      { cause },
    )
  }
  if (!isRecord(value)) throw invalid('the energy model is not an object')
  const { picojoules, included = [] } = value
  if (!isRecord(picojoules)) throw invalid('picojoules of the energy model is missing or not an object')
  const prices = Object.entries(picojoules).map(([name, price]): readonly [Priced, Price] => {
    if (!isPriced(name)) throw invalid(`the energy model prices "${name}", which is not counted`)
    const list: readonly unknown[] = Array.isArray(price) ? price : []
    const [low, high] = list
    const isPrice = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x) && x >= 0
    if (!isPrice(low) || !isPrice(high) || list.length > 2)
      throw invalid(`the price of ${name} is not [low, high] in picojoules, two numbers from 0`)
    return [name, [low, high]]
  })
  if (!Array.isArray(included) || !included.every(isPriced))
    throw invalid('included of the energy model holds a name that is not counted')
  return {
    name: textOf(value, 'name'),
    summary: textOf(value, 'summary'),
    source: textOf(value, 'source'),
    picojoules: Object.fromEntries(prices),
    included,
  }
}
