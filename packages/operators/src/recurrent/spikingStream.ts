import { add, affine, defineOptions, integer, integers, mean, readOptions, zeros } from '@spikeward/core'
import type { Affine, Key, NeuronModel, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { glorot } from '../blocks/block.js'
import { type RecurrentState, recurrentOptions, recurrentStep, recurrentWeight, restOf } from './recurrentLayer.js'

/** Options of layers of spiking neurons with readouts. */
export const spikingLayerOptions = /* @__PURE__ */ defineOptions(() =>
  recurrentOptions({ readoutLeak: 0.8, gain: 0.3 }),
)

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Numbers of a sample. */
  inputs: integer({ min: 1, required: true, help: 'numbers of a sample' }),
  outputs: integer({ min: 1, default: 1, help: 'numbers to predict from a sample' }),
  /** Neurons of each recurrent layer. */
  hidden: integers({ min: 1, default: [128], help: 'neurons of each recurrent layer' }),
  ...spikingLayerOptions,
}))

/** Options of {@link spikingStream}. */
export type SpikingStreamOptions = OptionsOf<typeof options>

/**
 * Parameters: for each layer the input weights, recurrent weights, coefficients of neurons and readout; and the linear
 * part.
 */
export type SpikingStreamParams = {
  readonly layers: readonly {
    readonly input: Affine
    readonly recurrent: { readonly weight: Tensor }
    readonly neurons: Tree
    readonly readout: { readonly weight: Tensor }
  }[]
  readonly linear: Affine
}

/** State between two samples, for each layer. */
export type SpikingStreamState = readonly RecurrentState[]

/** A network for streams as pure functions: one time step at a time. */
export type SpikingStream = {
  readonly name: string
  init(key: Key): SpikingStreamParams
  /** The state before the first sample of `samples` streams. */
  rest(samples: number): SpikingStreamState
  /**
   * The next state and the prediction [samples, outputs], from inputs [samples, inputs].
   *
   * @param elapsed Δt, the time since the step before, in steps [samples, 1], by which leaks decay. Default 1
   */
  step(
    params: SpikingStreamParams,
    state: SpikingStreamState,
    x: Tensor,
    elapsed?: Tensor,
  ): readonly [SpikingStreamState, Tensor]
  /** The firing rate of each layer: filtered spikes, means over neurons. */
  rates(state: SpikingStreamState): readonly Tensor[]
}

/**
 * A stack of recurrent spiking layers for streams. Each layer has a leaky readout of its own beside a linear map of the
 * input:
 *
 *     a^l = z^(l−1) W^l + b^l + z^l_before V^l,   (state^l, z^l) = neuron(state^l, a^l),   z⁰ = x
 *     r^l ← κ r^l + (1 − κ) z^l,   y = x A + c + Σ_l r^l U^l
 *
 * The filter of a readout belongs to the units of its layer, so that `online` learns each readout's path exactly. The
 * linear part starts at zero, as do the readouts: the first prediction is 0.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example
 * const network = spikingStream({ inputs: 1, hidden: [8], neuron: leakyIntegrateAndFire({ beta: 0.9 }), spike: spike(atan()) })
 * const [state, y] = network.step(network.init(key(0)), network.rest(1), zeros([1, 1]))
 * y.shape // [1, 1]
 */
export function spikingStream(settings: SpikingStreamOptions): SpikingStream {
  const filled = readOptions('spikingStream', options, settings)
  const { inputs, outputs, hidden, gain } = filled
  const neuron: NeuronModel = filled.neuron
  const advance = recurrentStep(filled)
  return {
    name: 'spikingStream',
    init(key) {
      const widths = [inputs, ...hidden]
      return {
        layers: hidden.map((n, l) => {
          const [w, v, own] = key.fold(l).split(3) as [Key, Key, Key]
          return {
            input: glorot(w, widths[l]!, n, 'f32'),
            recurrent: { weight: recurrentWeight(v, n, gain) },
            neurons: neuron.init(own, n),
            readout: { weight: zeros([n, outputs]) },
          }
        }),
        linear: { weight: zeros([inputs, outputs]), bias: zeros([outputs]) },
      }
    },
    rest: (samples) => hidden.map((n) => restOf(neuron, samples, n)),
    step(params, state, x, elapsed) {
      const next: RecurrentState[] = []
      let y = affine(params.linear, x)
      params.layers.forEach(({ recurrent, ...p }, l) => {
        const below = next[l - 1]?.spikes ?? x
        next.push(advance({ ...p, recurrent: recurrent.weight }, state[l]!, below, elapsed))
        y = add(y, affine(p.readout, next[l]!.rates))
      })
      return [next, y]
    },
    rates: (state) => state.map(({ rates }) => mean(rates)),
  }
}
