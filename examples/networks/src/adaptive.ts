import { add, affine, mul, normal, scan, zeros } from '@spikeward/core'
import type { Key, Network, Tensor, Tree } from '@spikeward/core'
import { adaptiveLeakyIntegrateAndFire, atan, spike } from '@spikeward/neurons'

/** Inputs and outputs of a step, and neurons of each of the two layers. */
export interface AdaptiveOptions {
  readonly inputs: number
  readonly neurons: number
  readonly outputs: number
}

const layer = (key: Key, fanIn: number, fanOut: number, gain = 1) => ({
  weight: mul(normal(key, [fanIn, fanOut]), gain / Math.sqrt(fanIn)),
  bias: zeros([fanOut]),
})

const parameters = (key: Key, { inputs, neurons: n, outputs }: AdaptiveOptions) => {
  const [a, b, c, d, e] = key.split(5) as [Key, Key, Key, Key, Key]
  const recurrent = (k: Key) => ({ weight: layer(k, n, n, 0.5).weight })
  return {
    first: { input: layer(a, inputs, n, 3), recurrent: recurrent(b) },
    second: { input: layer(c, n, n, 3), recurrent: recurrent(d) },
    readout: layer(e, n, outputs),
  }
}

type Layer = { readonly state: Tree; readonly spikes: Tensor }
/** The values that one step passes to the next: both layers, and the trace of spikes that the readout sees. */
export type AdaptiveState = { readonly first: Layer; readonly second: Layer; readonly trace: Tensor }
type Parameters = ReturnType<typeof parameters>

/** A network that can also be run step by step. */
export interface Stepwise extends Network<Parameters> {
  rest(samples: number): AdaptiveState
  /** From parameters, states and inputs [samples, inputs] to the next states and outputs [samples, outputs]. */
  step(params: Parameters, state: AdaptiveState, input: Tensor): readonly [AdaptiveState, Tensor]
}

/**
 * Two recurrent layers of neurons whose thresholds adapt, for sequences. The readout sees a leaky trace of the second
 * layer's spikes, r ← κ r + (1 − κ) s with κ = 0.9.
 *
 * @returns a network from [time, samples, inputs] to [time, samples, outputs]
 */
export function adaptive(o: AdaptiveOptions): Stepwise {
  const neuron = adaptiveLeakyIntegrateAndFire({ beta: 0.9 })
  const fire = spike(atan())
  const advance = (q: Parameters['first'], { state, spikes }: Layer, input: Tensor): Layer => {
    const current = add(affine(q.input, input), affine(q.recurrent, spikes))
    const next = neuron.step({}, state as ReturnType<typeof neuron.rest>, current, fire)
    return { state: next.state, spikes: next.output }
  }
  const network: Stepwise = {
    name: 'adaptive',
    init: (key) => parameters(key, o),
    rest(samples) {
      const silent = zeros([samples, o.neurons])
      const layer = { state: neuron.rest(silent.shape), spikes: silent }
      return { first: layer, second: layer, trace: silent }
    },
    step(p, state, input) {
      const first = advance(p.first, state.first, input)
      const second = advance(p.second, state.second, first.spikes)
      const trace = add(mul(0.9, state.trace), mul(0.1, second.spikes))
      return [{ first, second, trace }, affine(p.readout, trace)]
    },
    apply: (p, x) =>
      scan((state: AdaptiveState, now: Tensor) => network.step(p, state, now), network.rest(x.shape[1]!), x)[1],
  }
  return network
}
