import { type FloatDType, tensor } from '@spikeward/core'
import type { GridActivation } from './gridActivation.js'
import { type Matrix, multiplied } from './waveletTransform.js'

const { PI, cos, floor, max, min } = Math

/**
 * From values at n points of a period to those at m, through the frequencies |k| ≤ min(m, n)/2 alone:
 *
 *     y(i/m) = (1/n) Σⱼ K(i/m − j/n) x(j/n),   K(s) = 1 + 2 Σₖ cos 2πks,   the last k = n/2 of an even n once if m > n
 */
function ofPeriod(m: number, n: number): Matrix {
  const [least, fine] = [min(m, n), max(m, n)]
  const kernel = Array.from({ length: fine }, (_, s) => {
    let sum = 1
    for (let k = 1; 2 * k <= least; k++) sum += (2 * k === n ? 1 : 2) * cos((2 * PI * k * s) / fine)
    return sum / n
  })
  return Array.from({ length: m }, (_, i) =>
    Float64Array.from({ length: n }, (_v, j) => kernel[((i * fine) / m - (j * fine) / n + fine) % fine]!),
  )
}

/** A matrix of a period as one of its first half, ends included, for values that are even about both of its ends. */
const ofHalf = (rows: Matrix): Matrix =>
  rows.slice(0, floor(rows.length / 2) + 1).map((row) => {
    const half = new Float64Array(floor(row.length / 2) + 1)
    row.forEach((v, j) => (half[min(j, row.length - j)]! += v))
    return half
  })

/**
 * The activation of convolutional neural operators (Raonić et al. 2023, 2302.01178), which makes no false low frequency
 * of a high one, and so commutes with translations by parts of the distance between two points:
 *
 *     Σ(v) = D σ(U v)
 *
 * U interpolates v to twice the points along each axis (2n − 1 on a bounded one) by its frequencies, D takes away those
 * that the grid of v does not hold, and D U = 1. A bounded axis is continued by its mirror image, so that its
 * frequencies are cosines.
 *
 * Deviation from the paper: its filters are sinc functions under a window, continued by zeros.
 *
 * @param sigma σ of values [samples, …points, channels], dense or of spiking neurons, each at its own fine point
 * @param periodic whether v is periodic, for each axis
 */
export function filteredActivation(
  sigma: GridActivation,
  periodic: readonly boolean[],
  dtype: FloatDType,
): GridActivation {
  const matrix = (rows: Matrix) =>
    tensor(Float64Array.from(rows.flatMap((row) => [...row])), { shape: [rows.length, rows[0]!.length], dtype })
  return {
    init: sigma.init,
    apply(params, v) {
      const filters = periodic.map((around, a) => {
        const n = v.shape[a + 1]!
        if (around) return { U: ofPeriod(2 * n, n), D: ofPeriod(n, 2 * n) }
        const both = max(1, 2 * (n - 1))
        return { U: ofHalf(ofPeriod(2 * both, both)), D: ofHalf(ofPeriod(both, 2 * both)) }
      })
      const fine = filters.reduce((x, { U }, a) => multiplied(matrix(U), x, a + 1), v)
      return filters.reduce((x, { D }, a) => multiplied(matrix(D), x, a + 1), sigma.apply(params, fine))
    },
  }
}
