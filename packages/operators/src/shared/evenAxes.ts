import { SpikewardError, add, mul, square, sub, tensor } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/**
 * A function that replaces the given columns ξ of x [rows, axes] by 2ξ² − 1, so that everything computed from it is even in them: for
 * ξ ∈ [−1, 1] the result covers [−1, 1] once from the middle to an end. The identity without columns.
 *
 * @throws INVALID_OPTION for a column that x does not have
 */
export function evenAxes(name: string, axes: number, even: readonly number[]): (x: Tensor) => Tensor {
  const wrong = even.find((a) => a >= axes)
  if (wrong !== undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: even has axis ${wrong}, and there are ${axes} axes; give numbers from 0 to ${axes - 1}`,
    )
  }
  if (even.length === 0) return (x) => x
  const folded = Array.from({ length: axes }, (_, a) => (even.includes(a) ? 1 : 0))
  return (x) => {
    const row = (values: readonly number[]): Tensor => tensor([...values], { dtype: x.dtype })
    const squared = mul(sub(mul(square(x), 2), 1), row(folded))
    return add(squared, mul(x, row(folded.map((f) => 1 - f))))
  }
}
