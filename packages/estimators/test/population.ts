import { add, matmul, mean, normal, key, square, sub, take } from '@spikeward/core'
import type { Loss, Tensor } from '@spikeward/core'

/** A map of p inputs to q outputs, and a population of 40 points; batches have N of them. */
export const p = 3
export const q = 4
export const N = 5
const points = { x: normal(key(1), [40, p], { dtype: 'f64' }), y: normal(key(2), [40, q], { dtype: 'f64' }) }
export const params = { weight: normal(key(3), [p, q], { dtype: 'f64' }), bias: normal(key(4), [q], { dtype: 'f64' }) }
/** The loss y = xW + b on the points at some places, with parts. */
export function onBatch(at: Tensor, samples: number): Loss<typeof params> {
  const [x, y] = [take(points.x, at), take(points.y, at)]
  const forward = (w: typeof params, perturbations: readonly (Tensor | null)[]) => {
    const a = add(matmul(x, w.weight), w.bias)
    return { output: perturbations[0] ? add(a, perturbations[0]) : a, presynaptic: [x] }
  }
  const head = (output: Tensor): Tensor => mean(square(sub(output, y)), 1)
  const affineLayers = [{ weight: 'weight', bias: 'bias', fanIn: p, units: q, input: 'constant' }] as const
  const loss = (w: typeof params): Tensor => mean(head(forward(w, [null]).output))
  return Object.assign(loss, { parts: { samples, affineLayers, forward, head, residuals: null } })
}
