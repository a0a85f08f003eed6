import { SpikewardError, printValue } from '@spikeward/core'
import type { FloatLayer, FloatMatrix, FloatMlp } from './floatMlp.js'

const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 1

/** Whether a value has numbers in order: plain JavaScript may leave an array out. */
const isList = (values: unknown): boolean => typeof values === 'object' && values !== null && 'length' in values

const isMatrix = ({ rows, columns, values }: FloatMatrix): boolean =>
  isCount(rows) && isCount(columns) && values.length === rows * columns

const allFinite = (values: ArrayLike<number>): boolean => Array.from(values).every(Number.isFinite)

/** The fault of a layer; null if it has none. */
function faultOf(layer: FloatLayer, below: FloatLayer | undefined): string | null {
  const { weight, bias, beta, gain, threshold, reset, initialMembrane } = layer
  if (!isList((weight as FloatMatrix | undefined)?.values)) return 'it has no weights'
  if (!isList(bias)) return 'it has no biases'
  if (initialMembrane !== null && !isList(initialMembrane))
    return `its initial membranes are ${printValue(initialMembrane)}, and must be an array, or null for 0`
  const { rows, columns, values } = weight
  if (!isMatrix(weight)) return `its weights are ${values.length} numbers, not ${rows} rows of ${columns}`
  if (below !== undefined && rows !== below.weight.columns)
    return `its weights have ${rows} rows, but the layer below has ${below.weight.columns} neurons`
  if (bias.length !== columns) return `it has ${bias.length} biases for ${columns} neurons`
  if (!allFinite(values)) return 'a weight is not finite'
  if (!allFinite(bias)) return 'a bias is not finite'
  if (!(beta >= 0 && beta <= 1)) return `beta is ${beta}, and must lie between 0 and 1`
  if (!(gain > 0 && Number.isFinite(gain))) return `its gain is ${gain}, and must be a finite number above 0`
  if (!(threshold > 0 && Number.isFinite(threshold)))
    return `its threshold is ${threshold}, and must be a finite number above 0`
  if (reset !== 'zero' && reset !== 'subtract')
    return `its reset is ${printValue(reset)}, and must be 'zero' or 'subtract'`
  if (initialMembrane === null) return null
  if (initialMembrane.length !== columns)
    return `it has ${initialMembrane.length} initial membranes for ${columns} neurons`
  return allFinite(initialMembrane) ? null : 'an initial membrane is not finite'
}

/**
 * Checks a perceptron before its numbers become integers, which hide a NaN and a missing number.
 *
 * @throws INVALID_ARGUMENT naming the layer and its fault
 */
export function checkMlp(by: string, { layers, time }: FloatMlp): void {
  const refuse = (what: string): SpikewardError => new SpikewardError('INVALID_ARGUMENT', `${by}: ${what}`)
  if (layers.length === 0) throw refuse('the network has no layer; give at least one')
  if (!isCount(time)) throw refuse(`the network takes ${time} time steps; give a whole number of at least 1`)
  layers.forEach((layer, l) => {
    const fault = faultOf(layer, layers[l - 1])
    if (fault !== null) throw refuse(`layer ${l} cannot be put on a chip: ${fault}; give the layer as it was trained`)
  })
}
