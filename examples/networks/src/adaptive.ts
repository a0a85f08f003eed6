import { add, affine, mul, normal, overTime, scan, zeros } from '@spikeward/core'
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

/**
 * Two recurrent layers of neurons whose thresholds adapt, for sequences. The readout sees a leaky trace of the second layer's
 * spikes, r ← κ r + (1 − κ) s with κ = 0.9.
 *
 * @returns a network from [time, samples, inputs] to [time, samples, outputs]
 */
export function adaptive(o: AdaptiveOptions): Network<ReturnType<typeof parameters>> {
  const neuron = adaptiveLeakyIntegrateAndFire({ beta: 0.9 })
  const fire = spike(atan())
  type Layer = { readonly state: Tree; readonly spikes: Tensor }
  return {
    name: 'adaptive',
    init: (key) => parameters(key, o),
    apply(p, x) {
      const silent = zeros([x.shape[1]!, o.neurons])
      const rest: Layer = { state: neuron.rest(silent.shape), spikes: silent }
      const advance = (q: typeof p.first, { state, spikes }: Layer, input: Tensor): Layer => {
        const current = add(affine(q.input, input), affine(q.recurrent, spikes))
        const next = neuron.step({}, state as ReturnType<typeof neuron.rest>, current, fire)
        return { state: next.state, spikes: next.output }
      }
      type Carry = readonly [Layer, Layer, Tensor]
      const step = ([a, b, trace]: Carry, now: Tensor): [Carry, Tensor] => {
        const first = advance(p.first, a, now)
        const second = advance(p.second, b, first.spikes)
        const rates = add(mul(0.9, trace), mul(0.1, second.spikes))
        return [[first, second, rates], rates]
      }
      const [, rates] = scan(step, [rest, rest, silent] as Carry, x)
      return overTime((r: Tensor) => affine(p.readout, r), rates)
    },
  }
}
