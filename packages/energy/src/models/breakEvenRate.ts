import { SpikewardError } from '@spikeward/core'
import type { EnergyModel, Priced } from './energyModel.js'

/** A hidden layer between two layers of the same width, for one sample. */
export interface LayerShape {
  /** Neurons, and inputs of each. */
  readonly width: number
  /** Steps T of the spiking layer. */
  readonly time: number
  /**
   * Neurons, and inputs of each, of the dense layer for comparison, such as one of equal error; default: the same
   * width.
   */
  readonly denseWidth?: number
}

/**
 * The firing rate below which a spiking layer costs less than a dense one, at both ends of a model's prices; 0: at no
 * rate.
 */
export interface BreakEven {
  readonly model: string
  readonly low: number
  readonly high: number
}

/**
 * The firing rate r at which a spiking layer of n neurons over T steps costs as much as a dense layer of m:
 *
 *     T (r n² (e_AC + e_w) + n (e_× + 2 e_+ + 2 e_s)) = m² (e_MAC + e_w)
 *
 * with e_w the read of a weight and e_s of a state. The left side is a leak, a sum and a comparison for each neuron,
 * and an accumulate for each spike and synapse. m is n unless `denseWidth` is given: a dense network of equal error may
 * be narrower.
 *
 * @throws ENERGY_MODEL_INVALID if the model has no price for multiply–accumulates or accumulates, as Loihi has none
 */
export function breakEvenRate(model: EnergyModel, { width, time, denseWidth = width }: LayerShape): BreakEven {
  const { picojoules } = model
  if (picojoules.macs === undefined || picojoules.acs === undefined) {
    throw new SpikewardError(
      'ENERGY_MODEL_INVALID',
      `${model.name} has no price for ${picojoules.macs === undefined ? 'macs' : 'acs'}, so it cannot price a dense layer; choose another model`,
    )
  }
  const rate = (end: 0 | 1): number => {
    const price = (name: Priced): number => picojoules[name]?.[end] ?? 0
    const weight = price('weightReads') + price('weightReadsByEvent')
    const dense = denseWidth ** 2 * (price('macs') + weight)
    const neurons =
      time * width * (price('multiplications') + 2 * price('additions') + price('stateReads') + price('stateWrites'))
    // A neuron spikes at most once per step.
    return Math.min(1, Math.max(0, (dense - neurons) / (time * width ** 2 * (price('acs') + weight))))
  }
  const ends = [rate(0), rate(1)]
  return { model: model.name, low: Math.min(...ends), high: Math.max(...ends) }
}
