import type { BlockOptions } from '../blocks/makeBlock.js'
import type { SpikingUnits } from '../blocks/modifiedBlock.js'

/** Which parts of an operator network spike. */
export type SpikingParts = { readonly branch: boolean; readonly trunk: boolean }

/** The choices of spiking parts by name. */
export const spikingParts = {
  'branch,trunk': { branch: true, trunk: true },
  branch: { branch: true, trunk: false },
  trunk: { branch: false, trunk: true },
  none: { branch: false, trunk: false },
} as const satisfies Readonly<Record<string, SpikingParts>>

/**
 * The form of a block: layer after layer, or a modified multilayer perceptron, whose layers mix two encodings of the
 * input.
 */
export type BlockForm = 'plain' | 'modified'

/**
 * A branch or a trunk of these layers.
 *
 * @param hidden units of each hidden layer; of a modified block all the same
 * @param spikes whether its units spike; otherwise they are smooth (tanh)
 */
export function blockOf(
  units: SpikingUnits,
  form: BlockForm,
  hidden: readonly number[],
  spikes: boolean,
): BlockOptions {
  if (form === 'modified') return { kind: 'modified', hidden, ...(spikes ? { activation: units } : {}) }
  return spikes ? { kind: 'spiking', hidden, ...units } : { kind: 'smooth', hidden }
}
