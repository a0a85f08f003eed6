/** Networks of gated units, without spikes: the dense networks to compare with. */
import { add, affine, defineFactory, mul, normal, ones, sigmoid, sub, tanh, zeros } from '@spikeward/core'
import type { Affine, Key, OptionsOf, SequenceNetwork, Tensor, Variables } from '@spikeward/core'
import { glorot } from '../blocks/block.js'
import { type Cell, type WindowFixed, overWindow, windowOptions } from './overWindow.js'

/** Options of {@link gruNetwork} and {@link lstmNetwork}. */
export type GatedNetworkOptions = OptionsOf<typeof windowOptions>

type Gate = { readonly input: Affine; readonly recurrent: { readonly weight: Tensor } }

/** Parameters of a network of gated units: the gates of each layer, the readout, and the linear part. */
export type GatedParams<G extends string> = {
  readonly layers: readonly { readonly [gate in G]: Gate }[]
  readonly readout: Affine
  readonly linear: { readonly weight: Tensor }
}

/** Parameters of {@link gruNetwork}. */
export type GruParams = GatedParams<'reset' | 'update' | 'candidate'>
/** Parameters of {@link lstmNetwork}. */
export type LstmParams = GatedParams<'input' | 'forget' | 'output' | 'candidate'>

/** A kind of gated unit. The first state of a layer is its output. */
interface Unit<G extends string> {
  readonly gates: readonly G[]
  readonly states: number
  /** A number that the biases of a gate begin with. */
  readonly biases?: { readonly [gate in G]?: number }
  /** The states after a step; `pre` is what a gate gets from the layer below and from `before`. */
  step(pre: (gate: G, before: Tensor) => Tensor, state: readonly Tensor[]): readonly [Tensor, ...Tensor[]]
}

const gru: Unit<'reset' | 'update' | 'candidate'> = {
  gates: ['reset', 'update', 'candidate'],
  states: 1,
  step(pre, [h]) {
    const [reset, update] = [sigmoid(pre('reset', h!)), sigmoid(pre('update', h!))]
    const candidate = tanh(pre('candidate', mul(reset, h!)))
    return [add(mul(update, h!), mul(sub(1, update), candidate))]
  },
}

const lstm: Unit<'input' | 'forget' | 'output' | 'candidate'> = {
  gates: ['input', 'forget', 'output', 'candidate'],
  states: 2,
  biases: { forget: 1 },
  step(pre, [h, c]) {
    const [input, forget, output] = [sigmoid(pre('input', h!)), sigmoid(pre('forget', h!)), sigmoid(pre('output', h!))]
    const next = add(mul(forget, c!), mul(input, tanh(pre('candidate', h!))))
    return [mul(output, tanh(next)), next]
  },
}

function cellOf<G extends string>(
  unit: Unit<G>,
  inputs: number,
  hidden: readonly number[],
  outputs: number,
): Cell<GatedParams<G>, readonly (readonly Tensor[])[]> {
  const widths = [inputs, ...hidden]
  return {
    init(key) {
      const gate = (name: G, k: Key, from: number, n: number): Gate => {
        const [w, v] = k.split(2) as [Key, Key]
        const input = glorot(w, from, n, 'f32')
        const bias = unit.biases?.[name]
        return {
          input: bias === undefined ? input : { ...input, bias: mul(ones([n]), bias) },
          recurrent: { weight: mul(normal(v, [n, n]), 1 / Math.sqrt(n)) },
        }
      }
      return {
        layers: hidden.map((n, l) => {
          const keys = key.fold(l).split(unit.gates.length)
          const gates = unit.gates.map((name, g): [G, Gate] => [name, gate(name, keys[g]!, widths[l]!, n)])
          return Object.fromEntries(gates) as { readonly [name in G]: Gate }
        }),
        readout: { weight: zeros([hidden.at(-1)!, outputs]), bias: zeros([outputs]) },
        linear: { weight: zeros([inputs, outputs]) },
      }
    },
    rest: (samples) => hidden.map((n) => Array.from({ length: unit.states }, () => zeros([samples, n]))),
    step(params, state, x) {
      let below = x
      const next = params.layers.map((p, l) => {
        const pre = (gate: G, before: Tensor): Tensor =>
          add(affine(p[gate].input, below), affine(p[gate].recurrent, before))
        const states = unit.step(pre, state[l]!)
        below = states[0]
        return states
      })
      return [next, add(affine(params.readout, below), affine(params.linear, x))]
    },
  }
}

const facts = {
  output: 'at each step, a readout of the last layer, and a linear map of the inputs',
  learns: 'sequences',
} as const

/**
 * A stack of gated recurrent units. For each layer, z⁰ = x,
 *
 *     r = σ(z W_r + b_r + h V_r),   u = σ(z W_u + b_u + h V_u),   c = tanh(z W_c + b_c + (r ∘ h) V_c),   h ← u ∘ h + (1 − u) ∘ c
 *
 * and y = shift + scale · (h U + d + x A), as in {@link recurrentNetwork} with a linear map of the inputs. Readout and
 * linear map begin at zero.
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
    facts,
  },
  (read) =>
    (settings: GatedNetworkOptions): SequenceNetwork<Variables<GruParams, WindowFixed>> => {
      const filled = read(settings)
      return overWindow('gru', filled, cellOf(gru, filled.inputs, filled.hidden, filled.outputs))
    },
)

/**
 * A stack of long short-term memory units. For each layer, z⁰ = x, with gates g ∈ {i, f, o} of input, forget and
 * output,
 *
 *     g = σ(z W_g + b_g + h V_g),   c ← f ∘ c + i ∘ tanh(z W_c + b_c + h V_c),   h = o ∘ tanh(c)
 *
 * and y as in {@link gruNetwork}. The biases of f begin at 1, so that a cell remembers at first.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Hochreiter & Schmidhuber 1997, 10.1162/neco.1997.9.8.1735; Gers et al. 2000, 10.1162/089976600300015015; on the
 *   biases, Jozefowicz et al. 2015
 * @example
 * const network = lstmNetwork({ inputs: 1, steps: 16, scored: 8, hidden: [8] })
 * network.apply(network.init(key(0)), zeros([2, 16])).shape // [2, 8]
 */
export const lstmNetwork = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'lstmNetwork',
    aliases: ['lstm'],
    summary: 'long short-term memory units, without spikes, that read a window of a sequence step by step',
    options: windowOptions,
    facts,
  },
  (read) =>
    (settings: GatedNetworkOptions): SequenceNetwork<Variables<LstmParams, WindowFixed>> => {
      const filled = read(settings)
      return overWindow('lstm', filled, cellOf(lstm, filled.inputs, filled.hidden, filled.outputs))
    },
)
