import { add, affine, attention, full, layerNorm, mean, mul, normal, zeros } from '@spikeward/core'
import type { Key, Network, Tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike, unroll } from '@spikeward/neurons'

/** Features of a sensor, channels, outputs, and time steps. */
export interface SensorsOptions {
  readonly features: number
  readonly channels: number
  readonly outputs: number
  readonly steps: number
}

const layer = (key: Key, fanIn: number, fanOut: number, bias = 0) => ({
  weight: mul(normal(key, [fanIn, fanOut]), 1 / Math.sqrt(fanIn)),
  bias: add(zeros([fanOut]), full([fanOut], bias)),
})

const parameters = (key: Key, { features, channels: c, outputs }: SensorsOptions) => {
  const [embed, q, k, v, mix, out] = key.split(6) as [Key, Key, Key, Key, Key, Key]
  return {
    embed: layer(embed, features, c, 0.5),
    queries: layer(q, c, c),
    keys: layer(k, c, c),
    values: layer(v, c, c),
    mix: layer(mix, c, c, 0.5),
    readout: layer(out, c, outputs),
  }
}

/**
 * Attention over the tokens of sensors, in any number and order: spiking neurons embed each sensor, every token looks
 * at all others, and a second layer of spiking neurons reads the result.
 *
 * @returns a network from [samples, sensors, features] (values and places) to [samples, outputs]
 */
export function sensors(o: SensorsOptions): Network<ReturnType<typeof parameters>> {
  const neuron = leakyIntegrateAndFire({ beta: 0.9 })
  const fire = spike(atan())
  const rate = (current: Tensor): Tensor =>
    mean(unroll(neuron, {}, neuron.rest(current.shape), current, { steps: o.steps }, fire).outputs, 0)
  return {
    name: 'sensors',
    init: (key) => parameters(key, o),
    apply(p, x) {
      const tokens = rate(affine(p.embed, x))
      const seen = attention(affine(p.queries, tokens), affine(p.keys, tokens), affine(p.values, tokens))
      const mixed = rate(affine(p.mix, layerNorm(add(tokens, seen))))
      return affine(p.readout, mean(mixed, 1))
    },
  }
}
