import { add, affine, concatenate } from '@spikeward/core'
import type { Affine, FloatDType, Key, Network, Tensor, Tree } from '@spikeward/core'
import { glorot } from '../blocks/block.js'
import type { GridActivation } from './gridActivation.js'

/** A linear map K between hidden functions, with its parameters. */
export type Kernel<K extends Tree> = { init(key: Key): K; apply(params: K, v: Tensor): Tensor }

/**
 * Parameters: P; for each layer K, W with its bias, and the learned coefficients of its neurons, if they have any; the
 * two layers of Q.
 */
export type KernelNetworkParams<K extends Tree> = {
  readonly lift: Affine
  readonly layers: readonly { readonly kernel: K; readonly local: Affine; readonly neurons: Tree }[]
  readonly project: Affine & { readonly neurons: Tree }
  readonly out: Affine
}

/** The parts of a neural operator beside its kernels. */
export type KernelNetworkParts = {
  readonly name: string
  readonly inputs: number
  readonly outputs: number
  readonly channels: number
  readonly layers: number
  readonly projection: number
  readonly sigma: GridActivation
  readonly dtype: FloatDType
  /**
   * Coordinates that the network sees: their number, and their values [samples, …, number] for an input [samples, …,
   * inputs].
   */
  readonly coordinates: { readonly count: number; of(a: Tensor): Tensor }
}

/**
 * A neural operator (Kovachki et al., JMLR 2023, 2108.08481) with any linear map K_l between functions:
 *
 *     v₀ = P(a, x),   v_{l+1} = σ(W_l v_l + b_l + K_l v_l),   u = Q(v_L)
 *
 * P is affine and Q has one hidden layer; there is no σ behind the last K. P, W and Q start as N(0, 2/(fan_in +
 * fan_out)).
 *
 * @returns a network from [samples, …, inputs] to [samples, …, outputs]
 */
export function kernelNetwork<K extends Tree>(
  o: KernelNetworkParts,
  kernel: Kernel<K>,
): Network<KernelNetworkParams<K>> {
  const { channels, layers, sigma, dtype, coordinates } = o
  return {
    name: o.name,
    init(key) {
      const [lift, project, out, ...each] = key.split(3 + layers) as [Key, Key, Key, ...Key[]]
      return {
        lift: glorot(lift, o.inputs + coordinates.count, channels, dtype),
        layers: each.map((k, l) => ({
          kernel: kernel.init(k.fold(0)),
          local: glorot(k.fold(1), channels, channels, dtype),
          neurons: l < layers - 1 ? sigma.init(k.fold(2), channels) : {},
        })),
        project: {
          ...glorot(project, channels, o.projection, dtype),
          neurons: sigma.init(project.fold(0), o.projection),
        },
        out: glorot(out, o.projection, o.outputs, dtype),
      }
    },
    apply(p, a) {
      let v = affine(p.lift, coordinates.count === 0 ? a : concatenate([a, coordinates.of(a)], a.ndim - 1))
      for (const [l, { kernel: K, local: W, neurons }] of p.layers.entries()) {
        const next = add(affine(W, v), kernel.apply(K, v))
        v = l < layers - 1 ? sigma.apply(neurons, next) : next
      }
      return affine(p.out, sigma.apply(p.project.neurons, affine(p.project, v)))
    },
  }
}
