import { type OperatorNetwork, type Tree, type Variables, SpikewardError, stack } from '@spikeward/core'

/**
 * One network for each output, without shared parameters: network q computes output q.
 *
 * @throws INVALID_OPTION for an empty list, a network of several outputs, or networks over different axes
 * @example const network = independentNetworks([deepOnet(options), deepOnet(options)]) // [N, P, 2]
 */
export function independentNetworks<P extends Tree, F extends Tree, Z extends Tree, I>(
  networks: readonly OperatorNetwork<Variables<P, F>, Z, I>[],
): OperatorNetwork<Variables<readonly P[], readonly F[]>, readonly Z[], I> {
  const [first] = networks
  if (first === undefined || networks.some((n) => n.outputs !== 1 || n.axes !== first.axes)) {
    const descriptions = networks.map((n) => `${n.name}: ${n.outputs} outputs, ${n.axes} axes`).join('; ')
    throw new SpikewardError(
      'INVALID_OPTION',
      `independentNetworks: (${descriptions}) cannot be stacked; give at least one network, each of one output, all over the same axes`,
    )
  }
  const part = ({ trained, fixed }: Variables<readonly P[], readonly F[]>, q: number): Variables<P, F> => ({
    trained: trained[q]!,
    fixed: fixed[q]!,
  })
  const network: OperatorNetwork<Variables<readonly P[], readonly F[]>, readonly Z[], I> = {
    name: `independent-${first.name}`,
    axes: first.axes,
    outputs: networks.length,
    coordinates: {
      spikes: networks.some((n) => n.coordinates.spikes),
      smoothness: Math.min(...networks.map((n) => n.coordinates.smoothness)),
    },
    satisfies: first.satisfies.filter((c) => networks.every((n) => n.satisfies.includes(c))),
    init(key) {
      const all = networks.map((n, q) => n.init(key.fold(q)))
      return { trained: all.map((v) => v.trained), fixed: all.map((v) => v.fixed) }
    },
    encode: (v, f) => networks.map((n, q) => n.encode(part(v, q), f)),
    decode(v, z, at) {
      const all = networks.map((n, q) => n.decode(part(v, q), z[q]!, at))
      return all.length === 1 ? all[0]! : stack(all, all[0]!.ndim)
    },
    apply: (v, f, at) => network.decode(v, network.encode(v, f), at),
  }
  return network
}
