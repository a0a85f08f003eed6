import { add, affine, full, mean, mul, normal, spectral, zeros } from '@spikeward/core'
import type { Key, Network, Tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike, unroll } from '@spikeward/neurons'

/** Channels, Fourier modes, hidden layers and time steps. */
export interface FourierOptions {
  readonly channels: number
  readonly modes: number
  readonly layers: number
  readonly steps: number
}

const layer = (key: Key, fanIn: number, fanOut: number, bias = 0) => ({
  weight: mul(normal(key, [fanIn, fanOut]), 1 / Math.sqrt(fanIn)),
  bias: add(zeros([fanOut]), full([fanOut], bias)),
})

const parameters = (key: Key, { channels, modes, layers }: FourierOptions) => ({
  lift: layer(key.fold(0), 2, channels),
  layers: Array.from({ length: layers }, (_, l) => {
    const [a, b, c] = key.fold(l + 1).split(3) as [Key, Key, Key]
    const shape = [modes, channels, channels]
    const gain = 1 / channels
    return {
      spectral: { weight: { re: mul(normal(a, shape), gain), im: mul(normal(b, shape), gain) } },
      local: layer(c, channels, channels, 0.5),
    }
  }),
  project: layer(key.fold(layers + 1), channels, 1),
})

/**
 * Fourier layers whose activation is the rate of spiking neurons under a constant current:
 *
 *     v ← rate(F⁻¹(R · F v) + v W + b)
 *
 * @returns a network from [samples, n, 2] (values and coordinates) to [samples, n, 1], for any n
 */
export function fourier(o: FourierOptions): Network<ReturnType<typeof parameters>> {
  const neuron = leakyIntegrateAndFire({ beta: 0.9 })
  const fire = spike(atan())
  const rate = (current: Tensor): Tensor =>
    mean(unroll(neuron, {}, neuron.rest(current.shape), current, { steps: o.steps }, fire).outputs, 0)
  return {
    name: 'fourier',
    init: (key) => parameters(key, o),
    apply(p, x) {
      const lifted = affine(p.lift, x)
      const hidden = p.layers.reduce((v, l) => rate(add(spectral(l.spectral, v), affine(l.local, v))), lifted)
      return affine(p.project, hidden)
    },
  }
}
