import type { FloatLayer } from './floatMlp.js'

/** xW + b of an input x: the constant currents that the host computes for the first layer. */
export function constantCurrents(
  { weight, bias }: Pick<FloatLayer, 'weight' | 'bias'>,
  x: ArrayLike<number>,
): Float64Array {
  const { rows, columns, values } = weight
  return Float64Array.from({ length: columns }, (_, o) => {
    let current = bias[o]!
    for (let i = 0; i < rows; i++) current += x[i]! * values[i * columns + o]!
    return current
  })
}
