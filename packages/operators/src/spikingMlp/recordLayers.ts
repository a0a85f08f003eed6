import { affine, add, broadcastTo, reshape, scan } from '@spikeward/core'
import type { LayerRecord, Tensor, Tree } from '@spikeward/core'
import { hasMembrane, initialState } from './spikeRates.js'
import { withEffectiveWeights } from './standardisedWeights.js'
import type { SpikingLayers, SpikingLayersTrained } from './spikeRates.js'

/**
 * Spikes and membranes of every hidden layer at every step under the constant current x [batch, inputs], which training
 * computes but does not store. It runs layer by layer, so all time steps of a layer are in memory.
 */
export function recordLayers(
  options: SpikingLayers,
  own: SpikingLayersTrained,
  membranes: readonly Tensor[],
  x: Tensor,
): LayerRecord[] {
  const { neuron, spike, time, hidden, residual = false } = options
  const trained = withEffectiveWeights(options, own)
  const batch = x.shape[0]!
  let drive = broadcastTo(affine(trained.layers[0]!, x), [time, batch, hidden[0]!])
  return hidden.map((n, l) => {
    const rest = initialState(options, membranes, batch, l)
    const step = (s: Tree, now: Tensor): [Tree, LayerRecord] => {
      const { state, output } = neuron.step(trained.neurons?.[l] ?? {}, s, now, spike)
      return [state, { spikes: output, membranes: hasMembrane(state) ? state.membrane : [] }]
    }
    const [, seen] = scan(step, rest, drive)
    const above = trained.layers[l + 1]
    if (above !== undefined) {
      const current = reshape(affine(above, reshape(seen.spikes, [time * batch, n])), [time, batch, hidden[l + 1]!])
      drive = residual ? add(current, drive) : current
    }
    return seen
  })
}
