import { SpikewardError } from '@spikeward/core'
import type { Tree } from '@spikeward/core'
import type { Layer, Located } from './layers/affineLayers.js'

/**
 * The chain of hidden layers, each of which reads the one below, from first to last.
 *
 * @throws LAYERS_UNSUITABLE if the error cannot pass from a layer to the one below
 */
export function chainOf<P extends Tree>(estimator: string, at: Located<P>): readonly Layer[] {
  const layers = at.hidden.filter(({ affine }) => affine.weight !== null)
  layers.slice(1).forEach(({ affine, weight }, l) => {
    const below = layers[l]!.affine
    if (weight === null) {
      throw new SpikewardError(
        'LAYERS_UNSUITABLE',
        `${estimator}: the weight '${affine.weight ?? affine.bias}' is not among the parameters, but the error passes down through it; do not hold it constant`,
      )
    }
    if (affine.fanIn !== below.units) {
      throw new SpikewardError(
        'LAYERS_UNSUITABLE',
        `${estimator}: '${affine.weight}' reads ${affine.fanIn} numbers and the layer below has ${below.units} neurons; ` +
          'traces need a layer that reads one number from each neuron; use activity',
      )
    }
  })
  return layers
}
