import {
  arange,
  cast,
  concatenate,
  add,
  equal,
  floor,
  full,
  greater,
  less,
  mul,
  scan,
  slice,
  sub,
  take,
  tensor,
  where,
} from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/**
 * The indices of the `few` largest values [M], the largest first; of equal ones, the first comes first. Finite values.
 *
 * A bitonic sort (Batcher, AFIPS 1968) of the next power of two: about log² M / 2 steps of M comparisons, each of them
 * the same program. In the step (k, j) of blocks of k, element i is compared with the one at a distance of j, and every
 * other block is sorted upwards.
 */
export function largestOf(values: Tensor, few: number): Tensor {
  const m = values.shape[0]!
  const n = 2 ** Math.ceil(Math.log2(m))
  if (n === 1) return arange(few, 'i32')
  const padded = n === m ? values : concatenate([values, full([n - m], -Infinity, values.dtype)], 0)
  const steps: (readonly [block: number, distance: number])[] = []
  for (let k = 2; k <= n; k *= 2) for (let j = k / 2; j >= 1; j /= 2) steps.push([k, j])
  // Whole numbers up to 2²⁴ and their products with powers of two are exact in f32. A quotient in WGSL may be rounded
  // below a whole number.
  const place = arange(n, 'f32')
  const isOdd = (x: Tensor): Tensor => sub(x, mul(2, floor(mul(0.5, x))))
  const [[, order]] = scan(
    ([value, index]: readonly [Tensor, Tensor], [perBlock, j, perDistance]: readonly [Tensor, Tensor, Tensor]) => {
      const isSecond = isOdd(floor(mul(place, perDistance)))
      const isUpward = isOdd(floor(mul(place, perBlock)))
      const partner = cast(add(place, mul(j, sub(1, mul(2, isSecond)))), 'i32')
      const [otherValue, otherIndex] = [take(value, partner), take(index, partner)]
      const isFirst = less(otherIndex, index)
      const isAhead = add(
        cast(greater(otherValue, value), 'f32'),
        mul(cast(equal(otherValue, value), 'f32'), cast(isFirst, 'f32')),
      )
      // The first of a pair takes the partner if that is ahead, the second if it is not; upwards the other way round.
      const takes = equal(isAhead, cast(equal(isSecond, isUpward), 'f32'))
      return [[where(takes, otherValue, value), where(takes, otherIndex, index)] as const, []] as const
    },
    [padded, arange(n, 'i32')] as const,
    [tensor(steps.map(([k]) => 1 / k)), tensor(steps.map(([, j]) => j)), tensor(steps.map(([, j]) => 1 / j))] as const,
  )
  return slice(order, [0], [few])
}
