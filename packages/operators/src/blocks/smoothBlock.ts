import { SpikewardError, add, mul, normal, tanh, uniform } from '@spikeward/core'
import type { Key, AffineLayer, Tensor } from '@spikeward/core'
import { affine } from '../shared/affine.js'
import type { Affine } from '../shared/affine.js'
import type { Block, BlockPlace } from './block.js'
import { glorot } from './glorot.js'

/** A block of smooth units. */
export type SmoothBlockOptions = {
  readonly kind: 'smooth'
  /** Units of each hidden layer. */
  readonly hidden: readonly number[]
  /** A smooth function, element by element. Default `tanh`. */
  readonly activation?: (x: Tensor) => Tensor
  /** First weights are N(0, gain²/inputs), first biases U(±gain). Default: as the other layers. */
  readonly gain?: number
}

/** A trunk's block: one of smooth units has `gain` 3 where nothing is said, see {@link smoothBlock}. */
export const asTrunk = <O extends { readonly kind: string }>(options: O): O =>
  options.kind === 'smooth' ? { gain: 3, ...options } : options

/**
 * A multi-layer perceptron: h_{l+1} = σ(h_l W_l + b_l), y = hW + b. Weights Glorot normal, N(0, 2/(fan_in + fan_out)),
 * biases 0.
 *
 * So all units of the first layer bend where x = 0, and hardly at all over [−1, 1]. A `gain` of about 3 spreads the
 * bends over the domain and makes them steep enough for a trunk that is given coordinates in [−1, 1]: physics-informed
 * reaction–diffusion by a SepONet reached an error of 0.034 in 2000 steps with it, 0.098 in 6000 without.
 *
 * @throws INVALID_OPTION
 */
export function smoothBlock(options: SmoothBlockOptions, { inputs, outputs, dtype }: BlockPlace): Block {
  const { hidden, activation = tanh, gain } = options
  if (gain !== undefined && !(gain > 0 && Number.isFinite(gain))) {
    throw new SpikewardError('INVALID_OPTION', `smooth block: gain = ${gain}; give a finite number above 0`)
  }
  const widths = [inputs, ...hidden]
  const spread = (gain: number, key: Key, n: number): Affine => {
    const [w, b] = key.split(2) as [Key, Key]
    return {
      weight: mul(normal(w, [inputs, n], { dtype }), gain / Math.sqrt(inputs)),
      bias: uniform(b, [n], { min: -gain, max: gain, dtype }),
    }
  }
  const block: Block = {
    inputs,
    outputs,
    coordinates: { spikes: false, smoothness: Infinity },
    init: (key) => ({
      trained: {
        layers: hidden.map((n, l) =>
          l === 0 && gain !== undefined ? spread(gain, key.fold(0), n) : glorot(key.fold(l), widths[l]!, n, dtype),
        ),
        readout: glorot(key.fold(hidden.length), widths.at(-1)!, outputs, dtype),
      },
      fixed: {},
    }),
    features: ({ trained }, x) => trained.layers.reduce((h, layer) => activation(affine(h, layer)), x),
    apply: (variables, x) => affine(block.features(variables, x), variables.trained.readout),
    inside: {
      affineLayers: [...hidden, outputs].map((units, l): AffineLayer => {
        const node = l === hidden.length ? 'readout' : `layers.${l}`
        return { weight: `${node}.weight`, bias: `${node}.bias`, fanIn: widths[l]!, units, input: 'constant' }
      }),
      perturb({ trained }, x, perturbations) {
        const map = (h: Tensor, layer: Affine, l: number): Tensor => {
          const perturbation = perturbations[l] ?? null
          return perturbation === null ? affine(h, layer) : add(affine(h, layer), perturbation)
        }
        const presynaptic = [x]
        trained.layers.forEach((layer, l) => presynaptic.push(activation(map(presynaptic[l]!, layer, l))))
        return { output: map(presynaptic.at(-1)!, trained.readout, hidden.length), presynaptic }
      },
    },
  }
  return block
}
