import { SpikewardError, reshape, slice } from '@spikeward/core'
import type { Coords, Differentiate, Field, OperatorNetwork, Tensor, Tree } from '@spikeward/core'
import { surrogateDerivatives } from './surrogateDerivatives.js'

/** Options of {@link fieldOf}. */
export type FieldOptions = {
  /** How derivatives are made. Default {@link surrogateDerivatives}: forward mode, exact where nothing spikes. */
  readonly differentiate?: Differentiate
  /** Which of several outputs. Default 0. */
  readonly output?: number
}

/**
 * The scalar field that a network makes of encoded input functions, with derivatives in the coordinates.
 *
 * @param z what `network.encode` gave
 * @throws INVALID_OPTION for an output that the network does not have
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
  const { differentiate = surrogateDerivatives(), output = 0 } = options
  if (!Number.isInteger(output) || output < 0 || output >= network.outputs) {
    throw new SpikewardError('INVALID_OPTION', `fieldOf: output ${output} of a network with ${network.outputs}`)
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
