import { add, affine, avgPool, convolve, div, full, mul, normal, reshape, scan, zeros } from '@spikeward/core'
import type { Key, Network } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'

/** Size of the images, channels of the two hidden layers, outputs, and time steps. */
export interface ConvolutionalOptions {
  readonly size: number
  readonly channels: readonly [number, number]
  readonly outputs: number
  readonly steps: number
}

const layer = (key: Key, shape: readonly number[], gain = 1) => {
  const fanIn = shape.slice(0, -1).reduce((n, d) => n * d, 1)
  return { weight: mul(normal(key, shape), gain / Math.sqrt(fanIn)), bias: zeros(shape.slice(-1)) }
}

const parameters = (key: Key, { size, channels: [first, second], outputs }: ConvolutionalOptions) => {
  const [a, b, c] = key.split(3) as [Key, Key, Key]
  const conv = layer(a, [3, 3, 1, first], 2)
  return {
    first: { ...conv, bias: add(conv.bias, full([first], 0.5)) },
    second: layer(b, [3, 3, first, second], 3),
    readout: layer(c, [(size / 4) ** 2 * second, outputs]),
  }
}

/**
 * A convolutional spiking network for images in two dimensions: the image is the constant current of the first layer,
 * its spikes reach the second one step by step, and the mean rates of that are pooled and read out.
 *
 * @returns a network from [samples, size, size, 1] to [samples, outputs]; `size` is a multiple of 4
 */
export function convolutional(o: ConvolutionalOptions): Network<ReturnType<typeof parameters>> {
  const neuron = leakyIntegrateAndFire({ beta: 0.9 })
  const fire = spike(atan())
  return {
    name: 'convolutional',
    init: (key) => parameters(key, o),
    apply(p, image) {
      const current = convolve(p.first, image, { edges: 'circular' })
      const silent = zeros([image.shape[0]!, o.size / 2, o.size / 2, o.channels[1]])
      const rest = { first: neuron.rest(current.shape), second: neuron.rest(silent.shape), count: silent }
      const step = ({ first, second, count }: typeof rest): [typeof rest, []] => {
        const below = neuron.step({}, first, current, fire)
        const above = neuron.step({}, second, convolve(p.second, below.output, { stride: 2 }), fire)
        return [{ first: below.state, second: above.state, count: add(count, above.output) }, []]
      }
      const [{ count }] = scan(step, rest, null, { length: o.steps })
      const rates = avgPool(div(count, o.steps), [2, 2])
      return affine(p.readout, reshape(rates, [rates.shape[0]!, -1]))
    },
  }
}
