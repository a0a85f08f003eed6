import type { NeuronModel, Surrogate } from '@spikeward/core'
import type { BlockOptions } from '@spikeward/operators'
import type { SpikeOptions } from '@spikeward/neurons'
import { makeSpikingModel } from '../../catalogue/kinds/neurons.js'
import { makeSurrogate } from '../../catalogue/kinds/surrogates.js'
import type { Widths } from '../../catalogue/kinds/networkSizes.js'
import type { TrainConfig } from '../../config/trainConfig.js'

/** The neuron model, the surrogate, the options of the spike and the number of time steps of a run. */
export type Units = SpikeOptions & {
  readonly neuron: NeuronModel
  readonly surrogate: Surrogate
  readonly time: number
}

/** The units that the settings name, those of plug-ins included. */
export async function unitsOf(config: TrainConfig): Promise<Units> {
  const { model, spikeOptions } = await makeSpikingModel(config.neuron, config.neuronOptions)
  const surrogate = await makeSurrogate(config.surrogate, config.surrogateOptions)
  return { neuron: model, surrogate, time: config.time, ...spikeOptions }
}

/** A branch or a trunk: spiking or smooth, plain or a modified MLP. */
export function blockOf(units: Units, kind: 'plain' | 'modified', hidden: Widths, spikes: boolean): BlockOptions {
  if (kind === 'modified') return { kind: 'modified', hidden, ...(spikes ? { activation: units } : {}) }
  return spikes ? { kind: 'spiking', hidden, ...units } : { kind: 'smooth', hidden }
}

/**
 * The number of rows of the widest layer that are held at once: all time steps if a layer passes its spikes on, up to
 * the networks' chunk.
 */
export function rowsOf(samples: number, hidden: Widths, time: number): number {
  return hidden.length <= 1 ? samples : Math.max(samples, Math.min(32_768, samples * time))
}
