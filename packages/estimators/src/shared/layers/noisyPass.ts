import { arange, jvp, mean, mul, treeMap, vmap } from '@spikeward/core'
import type { Forward, LossParts, Tensor, Tree } from '@spikeward/core'
import { first } from '../../random/along.js'
import { forRows, zeroPerturbation } from './affineLayers.js'
import type { Located, Pass, Layer } from './affineLayers.js'

/** A pass, and the estimates δ̂ [N, n] at the perturbed affine layers. */
export type NoisyPass<R extends Tree> = Pass<R> & { readonly deltas: readonly Tensor[] }

/**
 * Noise at some affine layers: δ̂ₙ = (1/K) Σₖ (∂ℓₙ/∂a · νₖₙ) νₖₙ, with one forward pass shared by all K noise vectors.
 *
 * @param draw noise k, [N, n] for each layer; called with 0 if K is 1, otherwise with the batched index
 * @param run runs the pass with these perturbations at the layers
 */
export function noisyPass<P extends Tree, R extends Tree>(
  at: Located<P>,
  layers: readonly Layer[],
  count: number,
  draw: (k: Tensor | number) => readonly Tensor[],
  run: (perturbations: readonly Tensor[]) => Pass<R>,
): NoisyPass<R> {
  if (layers.length === 0) return { ...run([]), deltas: [] }
  const zero = layers.map((layer) => zeroPerturbation(at, layer))
  const along = (k: Tensor | number): NoisyPass<R> => {
    const noise = draw(k)
    const [pass, slope] = jvp(run, [zero], [noise])
    return { ...pass, deltas: noise.map((x) => mul(forRows(at.parts, slope.losses, x), x)) }
  }
  if (count === 1) return along(0)
  const each = vmap((k: Tensor) => along(k))(arange(count, 'u32'))
  return { losses: first(each.losses), rest: treeMap(first, each.rest), deltas: each.deltas.map((x) => mean(x, 0)) }
}

/** A forward pass with perturbations of zero, whose derivatives alone count: those given at some layers, and the readout's own. */
export const passAt = <P extends Tree>(
  at: Located<P>,
  layers: readonly Layer[],
  perturbations: readonly Tensor[],
  readout: Tensor | null,
  how: Forward<P> = {},
): ReturnType<LossParts<P>['forward']> =>
  at.parts.forward(at.params, perturbationsAt(at, layers, perturbations, readout), { value: 'kept', ...how })

/** Perturbations for all affine layers: those given at their layers, the readout's own, null elsewhere. */
export function perturbationsAt<P extends Tree>(
  at: Located<P>,
  layers: readonly Layer[],
  perturbations: readonly Tensor[],
  readout: Tensor | null,
): (Tensor | null)[] {
  return [...at.hidden, at.readout].map(
    (layer) => perturbations[layers.indexOf(layer)] ?? (layer === at.readout ? readout : null),
  )
}
