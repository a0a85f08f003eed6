import { type Loss, type Tensor, affine, key, lossParts, mean, normal, square, sub, take } from '@spikeward/core'

/** A map of p inputs to q outputs, and a population of 40 points; batches have N of them. */
export const p = 3
export const q = 4
export const N = 5
const points = { x: normal(key(1), [40, p], { dtype: 'f64' }), y: normal(key(2), [40, q], { dtype: 'f64' }) }
export const params = { weight: normal(key(3), [p, q], { dtype: 'f64' }), bias: normal(key(4), [q], { dtype: 'f64' }) }
/** The loss y = xW + b on the points at some places, with parts. */
export function onBatch(at: Tensor, samples: number): Loss<typeof params> {
  const [x, y] = [take(points.x, at), take(points.y, at)]
  const forward = (w: typeof params, at: Tensor): Tensor => affine(w, at)
  const head = (output: Tensor): Tensor => mean(square(sub(output, y)), 1)
  const parts = lossParts({ samples, input: x, forward, head, residuals: null })
  return Object.assign((w: typeof params): Tensor => mean(head(forward(w, x))), { parts })
}
