import { SpikewardError, defineOptions, integer, opaque, readOptions, reshape, slice } from '@spikeward/core'
import type { Coords, Differentiate, Field, OperatorNetwork, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { isFunction } from '../shared/networkOptions.js'
import { surrogateDerivatives } from './exactDerivatives.js'

const isDifferentiate = (x: unknown): x is Differentiate => isFunction(x)

/** Options of {@link fieldOf}. */
const fieldOptions = /* @__PURE__ */ defineOptions(() => ({
  /** How to differentiate. Default {@link surrogateDerivatives}: forward mode, exact if nothing spikes. */
  differentiate: opaque('a way to differentiate, such as exactDerivatives()', isDifferentiate, {
    computed: 'surrogateDerivatives()',
    help: 'how to differentiate',
  }),
  /** Index of the output. Default 0. */
  output: integer({ min: 0, default: 0, help: 'index of the output' }),
}))

/** Options of {@link fieldOf}. */
export type FieldOptions = OptionsOf<typeof fieldOptions>

/**
 * The scalar field of a network for encoded input functions, with derivatives in the coordinates.
 *
 * @param z the result of `network.encode`
 * @throws INVALID_OPTION for an output that the network does not have; UNKNOWN_OPTION
 * @example
 * const u = fieldOf(network, variables, network.encode(variables, f))
 * const residual = add(u.d(c, 0, 2), source) // u″ + f
 */
export function fieldOf<P extends Tree, Z extends Tree, F>(
  network: OperatorNetwork<P, Z, F>,
  params: P,
  z: Z,
  options: FieldOptions = {},
): Field {
  const { differentiate = surrogateDerivatives(), output } = readOptions('fieldOf', fieldOptions, options)
  if (output >= network.outputs) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `fieldOf: output is ${output}; ${network.name} has ${network.outputs}, counted from 0; give a smaller index`,
    )
  }
  const u = (c: Coords): Tensor => {
    const y = network.decode(params, z, c)
    if (network.outputs === 1) return y
    const last = y.ndim - 1
    const starts = y.shape.map((_, a) => (a === last ? output : 0))
    const one = slice(
      y,
      starts,
      y.shape.map((n, a) => (a === last ? output + 1 : n)),
    )
    return reshape(one, y.shape.slice(0, -1))
  }
  return differentiate(u, network.coordinates)
}
