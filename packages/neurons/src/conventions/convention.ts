import type { NeuronModel } from '@spikeward/core'
import type { Learned } from '../learned.js'
import type { MembraneState } from '../models/linear/integrateAndFire.js'
import type { SpikeOptions } from '../spike.js'

/**
 * Another library's neuron: one of our models with the options that make it that neuron, and the options of the
 * spike, whose H(0) is a part of the convention.
 *
 * @example
 * const { model, spikeOptions } = spikingJellyLif({ tau: 2 })
 * const fire = spike(atan(), spikeOptions)
 * await fire(zeros([1])).item() // 1
 */
export interface Convention<S extends MembraneState> {
  readonly model: NeuronModel<Learned<never>, S>
  readonly spikeOptions: Required<SpikeOptions>
}
