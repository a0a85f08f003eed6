/**
 * Splits order[low … high − 1], the indices of points, at the median of the longest side of their bounds: those before
 * the middle are not above it on that axis, and those after it not below.
 *
 * @param flat the coordinates of all points, [n, dimension]
 */
export function splitAtMedian(
  flat: Float64Array,
  dimension: number,
  order: Uint32Array,
  low: number,
  high: number,
): { readonly axis: number; readonly middle: number } {
  const axis = longestSide(flat, dimension, order.subarray(low, high))
  const middle = (low + high) >>> 1
  select(flat, dimension, axis, order, low, high, middle)
  return { axis, middle }
}

/**
 * Reorders order[low … high − 1] so that those before place k are not above it on the axis, and those after not below
 * (quickselect).
 */
function select(
  flat: Float64Array,
  dimension: number,
  axis: number,
  order: Uint32Array,
  low: number,
  high: number,
  k: number,
): void {
  const at = (place: number): number => flat[order[place]! * dimension + axis]!
  for (let [left, right] = [low, high - 1]; left < right; ) {
    const pivot = at((left + right) >>> 1)
    let [i, j] = [left, right]
    while (i <= j) {
      while (at(i) < pivot) i++
      while (at(j) > pivot) j--
      if (i > j) break
      const swapped = order[i]!
      order[i++] = order[j]!
      order[j--] = swapped
    }
    if (k <= j) right = j
    else if (k >= i) left = i
    else return
  }
}

function longestSide(flat: Float64Array, dimension: number, part: Uint32Array): number {
  let [longest, axis] = [-1, 0]
  for (let a = 0; a < dimension; a++) {
    let [least, most] = [Infinity, -Infinity]
    for (const i of part) {
      const v = flat[i * dimension + a]!
      if (v < least) least = v
      if (v > most) most = v
    }
    if (most - least > longest) [longest, axis] = [most - least, a]
  }
  return axis
}
