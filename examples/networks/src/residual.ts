import { add, affine, full, div, mul, normal, scan, zeros } from '@spikeward/core'
import type { Key, Network } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'

/** Inputs, neurons of each layer, residual blocks, outputs, and time steps. */
export interface ResidualOptions {
  readonly inputs: number
  readonly neurons: number
  readonly blocks: number
  readonly outputs: number
  readonly steps: number
}

const layer = (key: Key, fanIn: number, fanOut: number, bias = 0) => ({
  weight: mul(normal(key, [fanIn, fanOut]), 1 / Math.sqrt(fanIn)),
  bias: add(zeros([fanOut]), full([fanOut], bias)),
})

const parameters = (key: Key, { inputs, neurons: n, blocks, outputs }: ResidualOptions) => ({
  first: layer(key.fold(0), inputs, n, 0.5),
  blocks: Array.from({ length: blocks }, (_, b) => layer(key.fold(b + 1), n, n)),
  readout: layer(key.fold(blocks + 1), n, outputs),
})

/**
 * Residual blocks: the current of each layer is added to that of the layer before, so that a block with small weights
 * passes its current on,
 *
 *     a_{b+1} = a_b + spikes(a_b) W + c
 *
 * @returns a network from [samples, inputs] to [samples, outputs]
 */
export function residual(o: ResidualOptions): Network<ReturnType<typeof parameters>> {
  const neuron = leakyIntegrateAndFire({ beta: 0.9 })
  const fire = spike(atan())
  return {
    name: 'residual',
    init: (key) => parameters(key, o),
    apply(p, x) {
      const first = affine(p.first, x)
      const rest = { states: [p.first, ...p.blocks].map(() => neuron.rest(first.shape)), count: zeros(first.shape) }
      const step = ({ states, count }: typeof rest): [typeof rest, []] => {
        let current = first
        const below = neuron.step({}, states[0]!, current, fire)
        const next = [below.state]
        let spikes = below.output
        for (const [b, block] of p.blocks.entries()) {
          current = add(current, affine(block, spikes))
          const { state, output } = neuron.step({}, states[b + 1]!, current, fire)
          next.push(state)
          spikes = output
        }
        return [{ states: next, count: add(count, spikes) }, []]
      }
      const [{ count }] = scan(step, rest, null, { length: o.steps })
      return affine(p.readout, div(count, o.steps))
    },
  }
}
