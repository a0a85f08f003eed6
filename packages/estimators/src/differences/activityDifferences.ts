import { add, arange, div, mean, mul, sub, treeLeaves, vmap } from '@spikeward/core'
import type { Estimate, Key, Loss, Stateless, Tensor, Tree } from '@spikeward/core'
import type { Distribution } from '../random/distributions.js'
import { passAt } from '../layers/noisyPass.js'
import { type Size, sizeAs } from '../shared/estimatorOptions.js'
import { forRows, fromDeltas, layersAt, locate, zeroPerturbation } from '../layers/locate.js'
import { cost } from '../shared/facts.js'

/**
 * {@link spsa} at the pre-activations: δ̂ₙ = (1/K) Σₖ [ℓₙ(+ενₙₖ) − ℓₙ(−ενₙₖ)]/(2ε) νₙₖ and ∇W = (1/N) Σₙ x̄ₙ δ̂ₙᵀ, x̄
 * the mean of both passes.
 */
export function activityDifferences<P extends Tree>(
  name: string,
  loss: Loss<P>,
  params: P,
  key: Key,
  { count, size, distribution }: { count: number; size: Size; distribution: Distribution },
): Omit<Estimate<Stateless, P>, 'state'> {
  const at = locate(name, loss, params)
  const layers = layersAt(at)
  const like = layers.map(zeroPerturbation)
  const along = (k: Tensor | number) => {
    const noise = distribution.sample(key.fold(k), like)
    const [up, down] = [1, -1].map((sign) => {
      const perturbations = noise.map((x) => mul(x, sizeAs(x, size, sign)))
      const { output, presynaptic } = passAt(at, layers, perturbations, null, { value: 'moved' })
      return { losses: at.parts.head(output), presynaptic }
    })
    const slope = div(sub(up!.losses, down!.losses), sizeAs(up!.losses, size, 2))
    const inputs = up!.presynaptic.map((x, l) => mul(add(x, down!.presynaptic[l]!), 0.5))
    const grad = fromDeltas(
      at,
      inputs,
      noise.map((x) => mul(forRows(at.parts, slope, x), x)),
    )
    return { value: mul(add(mean(up!.losses), mean(down!.losses)), 0.5), grad: treeLeaves(grad) }
  }
  if (count === 1) {
    const { value, grad } = along(0)
    return { value, grad: at.rebuild(grad), stats: cost(2) }
  }
  const each = vmap((k: Tensor) => along(k))(arange(count, 'u32'))
  return { value: mean(each.value, 0), grad: at.rebuild(each.grad.map((g) => mean(g, 0))), stats: cost(2 * count) }
}
