import type { OperatorData, OperatorProblem } from '@spikeward/core'
import { type NamedArray, checkFinite, checkArray, gatherRows } from '../splits/namedArray.js'
import { checkSplit, SPLITS } from '../checks.js'
import { type SplitFractions, permutation, sizesOf } from '../splits/splitRows.js'
import { problemOfShapes } from './problemOfShapes.js'

/** Options of {@link dataProblem}. */
export type DataProblemOptions = {
  readonly name: string
  /** [functions, …]; a list of such arrays for several input functions of each solution. */
  readonly inputs: NamedArray | readonly NamedArray[]
  /** [functions, …points, outputs?]. */
  readonly outputs: NamedArray
  /** None; one of [points, axes] or [points]; or one of [nₐ] per axis of a grid. */
  readonly coords?: readonly NamedArray[]
  /** The key that assigns functions to the three sets. Default 0. */
  readonly key?: number
  readonly split?: SplitFractions
}

/**
 * An operator problem from arrays: pairs of input functions and solutions. A key assigns them to the three sets. The
 * problem has no generator and no physics. Sensors are at the places of the solutions, if coordinates are given and an
 * input has as many values along the same axes; else they are assumed to be equally spaced on [0, 1] along each axis.
 *
 * @throws DATA_SHAPE if arrays do not fit together, with the expected and the actual shape; DATA_NOT_FINITE;
 *   INVALID_OPTION if the fractions are impossible
 */
export function dataProblem(options: DataProblemOptions): OperatorProblem {
  const { name, outputs, coords = [], key = 0 } = options
  const inputs: readonly NamedArray[] = isList(options.inputs) ? options.inputs : [options.inputs]
  for (const array of inputs) checkArray(array, 'inputs')
  checkArray(outputs, 'outputs')
  for (const array of coords) checkArray(array, 'coords')
  const problem = problemOfShapes({ name, inputs, outputs, coords })
  for (const array of [...inputs, outputs, ...coords]) checkFinite(array)
  const n = outputs.shape[0]!
  const sizes = sizesOf(n, options.split ?? {})
  let dealt: Promise<number[]> | null = null
  return {
    ...problem,
    sizes,
    async data(split): Promise<OperatorData> {
      checkSplit(name, 'data', split)
      const order = await (dealt ??= permutation(key, n))
      const before = SPLITS.slice(0, SPLITS.indexOf(split)).reduce((sum, s) => sum + sizes[s], 0)
      const rows = order.slice(before, before + sizes[split])
      return {
        count: rows.length,
        sensors: sideBySide(
          inputs.map(({ data }) => gatherRows(data, rows, data.length / n)),
          rows.length,
        ),
        values: gatherRows(outputs.data, rows, outputs.data.length / n),
      }
    },
  }
}

const isList = (inputs: DataProblemOptions['inputs']): inputs is readonly NamedArray[] => Array.isArray(inputs)

/** Joins arrays with equal numbers of rows along their rows. */
function sideBySide(arrays: readonly Float64Array[], rows: number): Float64Array {
  if (arrays.length === 1 || rows === 0) return arrays[0]!
  const width = arrays.reduce((n, a) => n + a.length / rows, 0)
  const out = new Float64Array(rows * width)
  let from = 0
  for (const a of arrays) {
    const own = a.length / rows
    for (let r = 0; r < rows; r++) out.set(a.subarray(r * own, (r + 1) * own), r * width + from)
    from += own
  }
  return out
}
