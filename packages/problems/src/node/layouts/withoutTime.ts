import type { DataProblemOptions } from '../../operatorProblem/dataProblem.js'
import { wrongShape, shapeText } from '../../splits/namedArray.js'
import type { NamedArray } from '../../splits/namedArray.js'

/**
 * Splits a tensor [functions, t, x, …] into its first time, the input [functions, x, …], and all times as solutions [functions, x, …, t]:
 * time comes last, as in the other data of this library. A list of times with one more than the tensor has (the ends of intervals) is cut.
 *
 * @throws DATA_SHAPE
 */
export function withoutTime(
  tensor: NamedArray,
  time: NamedArray,
  space: readonly NamedArray[],
): Pick<DataProblemOptions, 'inputs' | 'outputs' | 'coords'> {
  const [functions = 0, times = 0, ...points] = tensor.shape
  if (
    points.length === 0 ||
    points.length !== space.length ||
    (time.data.length !== times && time.data.length !== times + 1)
  ) {
    throw wrongShape(
      `a tensor of [functions × t × ${space.map((s) => s.name).join(' × ')}], and as many times`,
      `${shapeText(tensor)} and ${shapeText(time)}`,
    )
  }
  const count = points.reduce((a, b) => a * b, 1)
  const inputs = new Float64Array(functions * count)
  const outputs = new Float64Array(functions * count * times)
  for (let f = 0; f < functions; f++)
    for (let t = 0; t < times; t++)
      for (let p = 0; p < count; p++) {
        const value = tensor.data[(f * times + t) * count + p]!
        if (t === 0) inputs[f * count + p] = value
        outputs[(f * count + p) * times + t] = value
      }
  return {
    inputs: { name: tensor.name, shape: [functions, ...points], data: inputs },
    outputs: { name: tensor.name, shape: [functions, ...points, times], data: outputs },
    coords: [...space, { ...time, shape: [times], data: time.data.slice(0, times) }],
  }
}
