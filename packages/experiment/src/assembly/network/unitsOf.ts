import type { SpikingUnits } from '@spikeward/operators'
import { makeSpikingModel } from '../../catalogue/kinds/neurons.js'
import { makeSurrogate } from '../../catalogue/kinds/surrogates.js'
import type { NetworkSettings } from './networkSettings.js'

export async function unitsOf(config: NetworkSettings): Promise<SpikingUnits> {
  const { model, spikeOptions } = await makeSpikingModel(config.neuron, config.neuronOptions)
  const surrogate = await makeSurrogate(config.surrogate, config.surrogateOptions)
  return { neuron: model, surrogate, time: config.time, ...spikeOptions }
}
