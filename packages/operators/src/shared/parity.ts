import { type Tensor, SpikewardError, add, mul, square, sub, tensor } from '@spikeward/core'

/** Numbers of the axes in which a network is even, and of those in which it is odd. */
export type Parity = { readonly even: readonly number[]; readonly odd: readonly number[] }

/** @throws INVALID_OPTION for an axis that does not exist, and for one that is in both lists */
export function checkParity(name: string, axes: number, { even, odd }: Parity): void {
  for (const [kind, choice] of Object.entries({ even, odd })) {
    const wrong = choice.find((a) => a >= axes)
    if (wrong === undefined) continue
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: ${kind} has axis ${wrong}, and there are ${axes} axes; give numbers from 0 to ${axes - 1}`,
    )
  }
  const both = even.find((a) => odd.includes(a))
  if (both === undefined) return
  throw new SpikewardError(
    'INVALID_OPTION',
    `${name}: axis ${both} is in even and in odd, and only 0 is both; remove it from one of them`,
  )
}

/**
 * A function that replaces the given columns ξ of x [rows, axes] by 2ξ² − 1, so that everything computed from it is
 * even in them: for ξ ∈ [−1, 1] the result covers [−1, 1] once from the middle to an end. The identity without columns.
 */
export function evenAxes(axes: number, even: readonly number[]): (x: Tensor) => Tensor {
  if (even.length === 0) return (x) => x
  const folded = Array.from({ length: axes }, (_, a) => (even.includes(a) ? 1 : 0))
  return (x) => {
    const row = (values: readonly number[]): Tensor => tensor([...values], { dtype: x.dtype })
    const squared = mul(sub(mul(square(x), 2), 1), row(folded))
    return add(squared, mul(x, row(folded.map((f) => 1 - f))))
  }
}
