import { arange, collect, jvp, mean, mul, perturb, treeMap, vmap } from '@spikeward/core'
import type { Key, Tensor, Tree } from '@spikeward/core'
import { first } from '../random/along.js'
import type { Distribution } from '../random/distributions.js'
import { type Located, type Pass, type Layer, forRows, layersAt, meanInput, zeroPerturbation } from './locate.js'

/** A function of parameters with the same value and other derivatives, such as those of `traces`. */
export type OtherDerivatives = <A extends readonly Tree[], R extends Tree>(
  fn: (params: Tree, ...rest: A) => R,
) => (params: Tree, ...rest: A) => R

/** How a forward pass runs. */
export type Forward = {
  /** The network with other derivatives; default: its own. */
  readonly derivatives?: OtherDerivatives
  /** Whether its value moves; `kept` for perturbations of zero, whose derivatives alone count. Default `kept`. */
  readonly value?: 'moved' | 'kept'
}

/**
 * A forward pass with perturbations at the pre-activations of some layers, at each of their uses, and at the readout.
 *
 * @returns the output, and the mean input of each layer, the readout last
 */
export function passAt<P extends Tree>(
  at: Located<P>,
  layers: readonly Layer[],
  perturbations: readonly Tensor[],
  readout: Tensor | null,
  { derivatives, value = 'kept' }: Forward = {},
): PassResult {
  const { parts, variables } = at
  const all = layersAt(at)
  const added = Object.fromEntries(
    all.flatMap((layer) => {
      const own = perturbations[layers.indexOf(layer)] ?? (layer === at.readout ? readout : null)
      return own === null ? [] : layer.uses.map(({ id }) => [id, own] as const)
    }),
  )
  const plain = (p: Tree, x: Tree): Tensor => parts.forward(p, x)
  const network = derivatives?.(plain) ?? plain
  const moved = (p: Tree, x: Tree): Tensor => perturb(network, { value })(added, p, x)
  const [output, inputs] = collect(moved)(variables, parts.input)
  return { output, presynaptic: all.map((layer) => meanInput(layer, inputs)) }
}

/** Output and mean inputs of the layers, the readout's last. */
export type PassResult = { readonly output: Tensor; readonly presynaptic: readonly Tensor[] }

/** {@link passAt} with the losses of the samples. */
export function lossesAt<P extends Tree>(
  at: Located<P>,
  layers: readonly Layer[],
  perturbations: readonly Tensor[],
  readout: Tensor | null,
): Pass<PassResult> {
  const rest = passAt(at, layers, perturbations, readout)
  return { losses: at.parts.head(rest.output), rest }
}

/**
 * Noise at some affine layers: δ̂ₙ = (1/K) Σₖ (∂ℓₙ/∂a · νₖₙ) νₖₙ, with one forward pass shared by all K noise vectors.
 *
 * @param noise their number and distribution, and the key of the pass
 * @param readout a perturbation at the readout
 * @returns the pass, and the estimates δ̂ [N, n] at the perturbed layers
 */
export function noisyPass<P extends Tree>(
  at: Located<P>,
  layers: readonly Layer[],
  { count, distribution, key }: { readonly count: number; readonly distribution: Distribution; readonly key: Key },
  readout: Tensor | null,
): Pass<PassResult> & { readonly deltas: readonly Tensor[] } {
  const run = (perturbations: readonly Tensor[]): Pass<PassResult> => lossesAt(at, layers, perturbations, readout)
  if (layers.length === 0) return { ...run([]), deltas: [] }
  const zero = layers.map(zeroPerturbation)
  const along = (k: Tensor | number) => {
    const noise = distribution.sample(key.fold(k), zero)
    const [pass, slope] = jvp(run, [zero], [noise])
    return { ...pass, deltas: noise.map((x) => mul(forRows(at.parts, slope.losses, x), x)) }
  }
  if (count === 1) return along(0)
  const each = vmap((k: Tensor) => along(k))(arange(count, 'u32'))
  return { losses: first(each.losses), rest: treeMap(first, each.rest), deltas: each.deltas.map((x) => mean(x, 0)) }
}
