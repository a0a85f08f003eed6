import { meanRelativeL2, relativeL2 } from '@spikeward/core'
import type { PointSet } from '@spikeward/core'

/** Relative L2 of predictions, over all points or as the mean over rows. */
export function errorOf(found: Float64Array, { y, count }: PointSet, byRow: boolean): number {
  return byRow ? meanRelativeL2(found, y, count) : relativeL2(found, y)
}

/** r W + b on the host, [rows, outputs]. */
export function readOut(
  rates: Float64Array,
  { weight, bias }: { readonly weight: Float64Array; readonly bias: Float64Array },
): Float64Array {
  const [outputs, width] = [bias.length, weight.length / bias.length]
  return Float64Array.from({ length: (rates.length / width) * outputs }, (_, at) => {
    const [row, o] = [Math.floor(at / outputs), at % outputs]
    let sum = bias[o]!
    for (let i = 0; i < width; i++) sum += rates[row * width + i]! * weight[i * outputs + o]!
    return sum
  })
}
