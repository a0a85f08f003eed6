import { add, affine, along, full, mean, mul, normal, zeros } from '@spikeward/core'
import type { Graph, Key, Network, Tensor } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, spike, unroll } from '@spikeward/neurons'

/** The mesh, features of a node, channels, rounds of messages, outputs of a node, and time steps. */
export interface MeshOptions {
  readonly graph: Graph
  readonly features: number
  readonly channels: number
  readonly rounds: number
  readonly outputs: number
  readonly steps: number
}

const layer = (key: Key, fanIn: number, fanOut: number, bias = 0) => ({
  weight: mul(normal(key, [fanIn, fanOut]), 1 / Math.sqrt(fanIn)),
  bias: add(zeros([fanOut]), full([fanOut], bias)),
})

const parameters = (key: Key, { features, channels, rounds, outputs }: MeshOptions) => ({
  rounds: Array.from({ length: rounds }, (_, r) => {
    const [a, b] = key.fold(r).split(2) as [Key, Key]
    const fanIn = r === 0 ? features : channels
    return { own: layer(a, fanIn, channels, 0.5), neighbours: { weight: layer(b, fanIn, channels).weight } }
  }),
  readout: layer(key.fold(rounds), channels, outputs),
})

/**
 * A graph network on the nodes of a mesh: in each round, a node adds up what its neighbours send along the edges, and
 * its spiking neurons answer with their rates.
 *
 * @returns a network from [samples, nodes, features] to [samples, nodes, outputs]
 */
export function mesh(o: MeshOptions): Network<ReturnType<typeof parameters>> {
  const neuron = leakyIntegrateAndFire({ beta: 0.9 })
  const fire = spike(atan())
  const messages = along(o.graph)
  const rate = (current: Tensor): Tensor =>
    mean(unroll(neuron, {}, neuron.rest(current.shape), current, { steps: o.steps }, fire).outputs, 0)
  return {
    name: 'mesh',
    init: (key) => parameters(key, o),
    apply(p, x) {
      const hidden = p.rounds.reduce((h, r) => rate(add(affine(r.own, h), messages(r.neighbours, h))), x)
      return affine(p.readout, hidden)
    },
  }
}
