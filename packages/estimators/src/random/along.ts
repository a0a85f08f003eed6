import { type Tensor, arange, cast, dotGeneral, jvp, mul, slice, squeeze, vmap } from '@spikeward/core'

/** The loss and the estimate of its gradient, as a list of tensors. */
export type DirectionalEstimate = { readonly value: Tensor; readonly grad: readonly Tensor[] }

/**
 * ĝ = (1/K) Σₖ (∇f·vₖ) vₖ, the estimate that all random-direction estimators use.
 *
 * The K slopes ∇f·vₖ are one `vmap` of `jvp`. The primal does not depend on k, so it is not batched and is computed
 * once: 1 + K forward units. One contraction over K for each tensor turns slopes and directions into the gradient.
 *
 * @param f scalar function of the tensors
 * @param at the tensors
 * @param count K
 * @param direction direction k, a tensor like each of `at`; called with 0 if K is 1, otherwise with the batched index
 * @example
 * const at = tensor([1, 2, 3])
 * const scaled = (k) => basis([at], cast(k, 'i32'), Math.sqrt(3))
 * const { value, grad } = directionalEstimate(([x]) => sum(square(x)), [at], 3, scaled)
 * await grad[0].data() // [2, 4, 6]
 */
export function directionalEstimate(
  f: (tensors: readonly Tensor[]) => Tensor,
  at: readonly Tensor[],
  count: number,
  direction: (k: Tensor | number) => readonly Tensor[],
): DirectionalEstimate {
  if (count === 1) {
    const v = direction(0)
    const [value, slope] = jvp(f, [at], [v])
    return { value, grad: v.map((x) => mul(cast(slope, x.dtype), x)) }
  }
  const each = vmap((k: Tensor) => {
    const v = direction(k)
    const [value, slope] = jvp(f, [at], [v])
    return { value, slope, v }
  })(arange(count, 'u32'))
  const mean = mul(each.slope, 1 / count)
  return { value: first(each.value), grad: each.v.map((x) => contract(mean, x)) }
}

/** Element 0 of axis 0, for an unbatched result that vmap has repeated. */
export const first = (x: Tensor): Tensor =>
  squeeze(
    slice(
      x,
      x.shape.map(() => 0),
      [1, ...x.shape.slice(1)],
    ),
    0,
  )

/** Σₖ a[k] x[k, …]. */
export const contract = (a: Tensor, x: Tensor): Tensor =>
  dotGeneral(cast(a, x.dtype), x, { contract: [[0], [0]], batch: [[], []] })
