import { SpikewardError } from '@spikeward/core'
import { type Counts, noCounts } from '../count/counts.js'
import type { BreakEven } from './breakEvenRate.js'
import type { EnergyModel } from './energyModel.js'
import { modelledEnergy } from './modelledEnergy.js'

/**
 * The firing rate at which a whole spiking network costs as much as a dense one, from the counts of one evaluation of
 * each on the same data:
 *
 *     r* = r (E_dense − E₀) / (E_spiking − E₀)
 *
 * with r the firing rate of the counted evaluation. E₀ is the energy of the work without spikes: products of real
 * inputs and of the readout, neuron updates, memory. Accumulates, their weight reads and spikes are proportional to the
 * rate.
 *
 * @throws ENERGY_MODEL_INVALID if the model has no price for multiply–accumulates or accumulates; INVALID_ARGUMENT if
 *   there were no spikes
 * @example
 * const { low, high } = networkBreakEven(horowitz45, { spiking: ledger.forward, dense: other.forward })
 */
export function networkBreakEven(
  model: EnergyModel,
  { spiking, dense }: { readonly spiking: Counts; readonly dense: Counts },
): BreakEven {
  const { picojoules } = model
  if (picojoules.macs === undefined || picojoules.acs === undefined) {
    throw new SpikewardError(
      'ENERGY_MODEL_INVALID',
      `${model.name} has no price for ${picojoules.macs === undefined ? 'macs' : 'acs'}, so it cannot price a dense network; choose another model`,
    )
  }
  const { acs, spikes, decisions } = spiking
  if (spikes === 0)
    throw new SpikewardError(
      'INVALID_ARGUMENT',
      'no neuron fired in the counted evaluation, so the cost of a spike is unknown; count a trained network on its data',
    )
  // Each spike replaces a silent decision.
  const events = modelledEnergy({ ...noCounts, acs, weightReadsByEvent: acs, spikes, decisions: spikes }, model)
  const silent = picojoules.silent ?? [0, 0]
  const [whole, other] = [modelledEnergy(spiking, model), modelledEnergy(dense, model)]
  const rate = (end: 'low' | 'high'): number => {
    const caused = events[end] - spikes * silent[end === 'low' ? 0 : 1]
    const without = whole[end] - caused
    return Math.min(1, Math.max(0, (spikes / decisions) * ((other[end] - without) / caused)))
  }
  const ends = [rate('low'), rate('high')]
  return { model: model.name, low: Math.min(...ends), high: Math.max(...ends) }
}
