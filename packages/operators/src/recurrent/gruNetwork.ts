import { add, affine, defineFactory, mul, normal, sigmoid, sub, tanh, zeros } from '@spikeward/core'
import type { Affine, Key, OptionsOf, SequenceNetwork, Tensor, Variables } from '@spikeward/core'
import { glorot } from '../blocks/glorot.js'
import { overWindow, windowOptions } from './overWindow.js'
import type { Cell, WindowFixed } from './overWindow.js'

/** Options of {@link gruNetwork}. */
export type GruNetworkOptions = OptionsOf<typeof windowOptions>

type Gate = { readonly input: Affine; readonly recurrent: { readonly weight: Tensor } }

/** Parameters of {@link gruNetwork}: the three gates of each layer, the readout, and the linear part. */
export type GruParams = {
  readonly layers: readonly { readonly reset: Gate; readonly update: Gate; readonly candidate: Gate }[]
  readonly readout: Affine
  readonly linear: { readonly weight: Tensor }
}

function gruCell(inputs: number, hidden: readonly number[], outputs: number): Cell<GruParams, readonly Tensor[]> {
  const widths = [inputs, ...hidden]
  return {
    init(key) {
      const gate = (k: Key, from: number, n: number): Gate => {
        const [w, v] = k.split(2) as [Key, Key]
        return { input: glorot(w, from, n, 'f32'), recurrent: { weight: mul(normal(v, [n, n]), 1 / Math.sqrt(n)) } }
      }
      return {
        layers: hidden.map((n, l) => {
          const [r, u, c] = key.fold(l).split(3) as [Key, Key, Key]
          const from = widths[l]!
          return { reset: gate(r, from, n), update: gate(u, from, n), candidate: gate(c, from, n) }
        }),
        readout: { weight: zeros([hidden.at(-1)!, outputs]), bias: zeros([outputs]) },
        linear: { weight: zeros([inputs, outputs]) },
      }
    },
    rest: (samples) => hidden.map((n) => zeros([samples, n])),
    step(params, state, x) {
      let below = x
      const next = params.layers.map((p, l) => {
        const h = state[l]!
        const pre = (gate: Gate, before: Tensor): Tensor =>
          add(affine(gate.input, below), affine(gate.recurrent, before))
        const [reset, update] = [sigmoid(pre(p.reset, h)), sigmoid(pre(p.update, h))]
        const candidate = tanh(pre(p.candidate, mul(reset, h)))
        below = add(mul(update, h), mul(sub(1, update), candidate))
        return below
      })
      return [next, add(affine(params.readout, below), affine(params.linear, x))]
    },
  }
}

/**
 * A stack of gated recurrent units, the dense network to compare with. For each layer, z⁰ = x,
 *
 *     r = σ(z W_r + b_r + h V_r),   u = σ(z W_u + b_u + h V_u),   c = tanh(z W_c + b_c + (r ∘ h) V_c),   h ← u ∘ h + (1 − u) ∘ c
 *
 * and y = shift + scale · (h U + d + x A), as in {@link recurrentNetwork} with a linear map of the inputs. Readout and linear map begin at
 * zero.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Cho et al. 2014, 1406.1078
 * @example
 * const network = gruNetwork({ inputs: 1, steps: 16, scored: 8, hidden: [8] })
 * network.apply(network.init(key(0)), zeros([2, 16])).shape // [2, 8]
 */
export const gruNetwork = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'gruNetwork',
    aliases: ['gru'],
    summary: 'gated recurrent units, without spikes, that read a window of a sequence step by step',
    options: windowOptions,
    facts: { output: 'at each step, a readout of the last layer, and a linear map of the inputs', learns: 'sequences' },
  },
  (read) =>
    (given: GruNetworkOptions): SequenceNetwork<Variables<GruParams, WindowFixed>> => {
      const filled = read(given)
      return overWindow('gru', filled, gruCell(filled.inputs, filled.hidden, filled.outputs))
    },
)
