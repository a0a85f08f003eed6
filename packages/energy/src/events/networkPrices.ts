import { loihi1Energy, horowitz45, horowitz45Int8 } from '../models/energyModels.js'
import type { EnergyModel, Priced } from '../models/energyModel.js'
import { type LayerTraffic, type NetworkWork, type RunShape, eventWork } from './networkWork.js'

/** Prices of {@link NetworkWork} in picojoules, with their source. */
export interface NetworkPrices {
  readonly name: string
  readonly source: string
  readonly picojoules: Readonly<Record<keyof NetworkWork, number>>
}

const low = (model: EnergyModel, name: Priced): number => model.picojoules[name]?.[0] ?? 0

/**
 * Loihi 1: its published energies of a synaptic operation, of the update of a unit that fires or does not, and of a
 * spike within a tile. The memory of weights, sums and states is part of them. They are published for binary spikes;
 * the payload of a message is assumed to cost the same. Conversions are work of the host.
 */
export const loihi1Network: NetworkPrices = {
  name: 'loihi1',
  source: `${loihi1Energy.source}, table of energies`,
  picojoules: {
    operations: low(loihi1Energy, 'acs'),
    messages: 1.7,
    activeUpdates: low(loihi1Energy, 'spikes'),
    silentUpdates: low(loihi1Energy, 'silent'),
    weightReads: 0,
    accumulatorReads: 0,
    accumulatorWrites: 0,
    stateReads: 0,
    stateWrites: 0,
    conversions: 0,
  },
}

/**
 * Digital logic with memories of 8 KB. A message is written to a queue and read from it; an update is a subtraction and
 * a comparison.
 */
const digital = (model: EnergyModel, word: number): NetworkPrices => ({
  name: model.name,
  source: model.source,
  picojoules: {
    operations: low(model, 'macs'),
    messages: 2 * word,
    activeUpdates: 2 * low(model, 'additions'),
    silentUpdates: 2 * low(model, 'additions'),
    weightReads: low(model, 'weightReads'),
    // Sums need 32 bits in both formats.
    accumulatorReads: low(model, 'stateReads'),
    accumulatorWrites: low(model, 'stateWrites'),
    stateReads: word,
    stateWrites: word,
    conversions: word,
  },
})

/** 45 nm, 32-bit floats. */
export const digital45: NetworkPrices = digital(horowitz45, low(horowitz45, 'weightReads'))
/** 45 nm, weights and values of 8 bits, sums of 32 bits. */
export const digital45Int8: NetworkPrices = digital(horowitz45Int8, low(horowitz45Int8, 'weightReads'))

/**
 * Σ count · price, in picojoules.
 *
 * @example networkEnergy(eventWork(layers, { evaluations: 20, conversions: 512 }), loihi1Network)
 */
export const networkEnergy = (work: NetworkWork, { picojoules }: NetworkPrices): number =>
  (Object.keys(work) as (keyof NetworkWork)[]).reduce((sum, name) => sum + work[name] * picojoules[name], 0)

/**
 * The share of messages and operations of the dense form below which the event form needs less than `energy`
 * picojoules, when the messages of all layers shrink alike; 0 if updates alone cost more.
 *
 * @param layers the dense form: every input is sent at each evaluation
 */
export function breakEvenActivity(
  layers: readonly LayerTraffic[],
  shape: RunShape,
  prices: NetworkPrices,
  energy: number,
): number {
  const at = (share: number): number =>
    networkEnergy(
      eventWork(
        layers.map((l) => ({ ...l, messages: share * l.messages, operations: share * l.operations })),
        shape,
      ),
      prices,
    )
  return Math.min(1, Math.max(0, (energy - at(0)) / (at(1) - at(0))))
}
