import { arange, expandDims, jvp, mean, mul, treeMap, vmap } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { first } from './along.js'
import { noProbe } from './sites.js'
import type { Located, Pass, Place } from './sites.js'

/** A pass, and the estimates δ̂ [N, n] at the sites where noise was. */
export type NoisyPass<R extends Tree> = Pass<R> & { readonly deltas: readonly Tensor[] }

/**
 * Noise at some sites: δ̂ₙ = (1/K) Σₖ (∂ℓₙ/∂a · νₖₙ) νₖₙ, with one forward pass shared by all K noises.
 *
 * @param draw noise k, [N, n] for each place; called with 0 where K is 1, else with the batched index
 * @param run the pass with these probes at the places
 */
export function noisyPass<P extends Tree, R extends Tree>(
  at: Located<P>,
  places: readonly Place[],
  count: number,
  draw: (k: Tensor | number) => readonly Tensor[],
  run: (probes: readonly Tensor[]) => Pass<R>,
): NoisyPass<R> {
  if (places.length === 0) return { ...run([]), deltas: [] }
  const zero = places.map((place) => noProbe(at, place))
  const along = (k: Tensor | number): NoisyPass<R> => {
    const noise = draw(k)
    const [pass, slope] = jvp(run, [zero], [noise])
    return { ...pass, deltas: noise.map((x) => mul(expandDims(slope.losses, 1), x)) }
  }
  if (count === 1) return along(0)
  const each = vmap((k: Tensor) => along(k))(arange(count, 'u32'))
  return { losses: first(each.losses), rest: treeMap(first, each.rest), deltas: each.deltas.map((x) => mean(x, 0)) }
}

/** Probes for all sites: those given at their places, the readout's own, null elsewhere. */
export function probesAt<P extends Tree>(
  at: Located<P>,
  places: readonly Place[],
  probes: readonly Tensor[],
  readout: Tensor | null,
): (Tensor | null)[] {
  return [...at.hidden, at.readout].map(
    (place) => probes[places.indexOf(place)] ?? (place === at.readout ? readout : null),
  )
}
