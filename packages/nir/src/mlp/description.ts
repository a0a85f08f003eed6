import type { NirArray } from '../graph/nirData.js'

/** An affine map y = xW + b: weight [in, out], bias [out]. */
export interface AffineDescription {
  readonly weight: NirArray
  readonly bias: NirArray
}

/** The neurons of a layer, u ← βu + κx with a reset, as discrete-time libraries describe them. */
export interface NeuronDescription {
  /** β: the part of the membrane that remains after a step; 1 for a neuron without leak. */
  readonly beta: number
  /** κ: the factor by which a current adds to the membrane in a step. */
  readonly gain: number
  readonly threshold: number
  /** `subtract` subtracts the threshold, `zero` sets the membrane to `resetMembrane`, `none` leaves it unchanged. */
  readonly reset: 'subtract' | 'zero' | 'none'
  readonly resetMembrane: number
  /** Whether the reset acts in the step after the spike. */
  readonly resetDelayed: boolean
  /** Membranes before the first step, one for each neuron; null if all are 0. */
  readonly initialMembrane: NirArray | null
}

/** A layer of neurons and the affine map of its currents. */
export interface LayerDescription {
  readonly affine: AffineDescription
  readonly neuron: NeuronDescription
  /**
   * Weights [from, to] from the layer's spikes in the previous step to its currents; absent: neurons do not influence
   * each other.
   */
  readonly feedback?: NirArray
}

/**
 * A spiking multilayer perceptron that holds its input for T steps and reads the mean of its spikes:
 *
 *     y = shift + scale ∘ ((r − c) W + b),   r = mean over time of the last layer's spikes
 */
export interface MlpDescription {
  readonly layers: readonly LayerDescription[]
  readonly readout: AffineDescription & { readonly centre: NirArray }
  /** Brings inputs to the interval that the first layer expects: x ← (x − middle) ∘ factor; null for none. */
  readonly normalise: { readonly middle: NirArray; readonly factor: NirArray } | null
  /** null if shift is 0 and scale is 1. */
  readonly output: { readonly shift: NirArray; readonly scale: NirArray } | null
  /** Steps T. */
  readonly time: number
  /** The surrogate slope, as text; null if unknown. */
  readonly surrogate: string | null
}

/**
 * The effect of a spike on the membrane, and its step: one sentence for files, chips and reports.
 *
 * A reset to a value acts on the next charge alone, so that its delay changes no spike and is not named.
 *
 * @example
 * resetInWords({ reset: 'subtract', resetDelayed: true, resetMembrane: 0 })
 * // 'a spike subtracts the threshold from the membrane in the step after it'
 */
export function resetInWords({
  reset,
  resetDelayed,
  resetMembrane,
}: Pick<NeuronDescription, 'reset' | 'resetDelayed' | 'resetMembrane'>): string {
  if (reset === 'none') return 'a spike does not change the membrane'
  if (reset === 'zero') return `a spike sets the membrane to ${resetMembrane}`
  return `a spike subtracts the threshold from the membrane in ${resetDelayed ? 'the step after it' : 'its own step'}`
}
