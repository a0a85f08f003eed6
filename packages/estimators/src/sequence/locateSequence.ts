import { SpikewardError, treeFlatten, treePaths, treeUnflatten } from '@spikeward/core'
import type { Loss, SequenceParts, Tensor, Tree } from '@spikeward/core'

/** A loss over time, and the positions of its parameters among the leaves. */
export type LocatedSequence<P extends Tree> = {
  readonly parts: SequenceParts<P>
  /** The leaves of the parameters, in the order of `treeFlatten`. */
  readonly tensors: readonly Tensor[]
  readonly rebuild: (tensors: readonly Tensor[]) => P
  readonly weight: number
  readonly bias: number
  readonly recurrent: number
  readonly coefficients: readonly number[]
  readonly readoutWeight: number
  readonly readoutBias: number
}

/**
 * Finds the parameters of a recurrent layer and of its readout.
 *
 * @throws LOSS_WITHOUT_SEQUENCE if the loss is not a loss over time; PARAMETER_WITHOUT_LAYER if a parameter belongs
 * neither to the layer nor to the readout, or if one of theirs is absent
 */
export function locateSequence<P extends Tree>(estimator: string, loss: Loss<P>, params: P): LocatedSequence<P> {
  const parts = loss.sequence
  if (parts === undefined) {
    throw new SpikewardError(
      'LOSS_WITHOUT_SEQUENCE',
      `${estimator} carries traces through a recurrent layer, but this loss has no time axis; train a spikingRnn, whose loss has a \`sequence\`, or use rateBackpropagation for a feed-forward network`,
    )
  }
  const { leaves, structure } = treeFlatten(params)
  const paths = treePaths(params)
  const named = [
    parts.layer.weight,
    parts.layer.bias,
    parts.layer.recurrent,
    parts.readout.weight,
    parts.readout.bias,
    ...parts.layer.coefficients,
  ]
  const absent = named.find((path) => !paths.includes(path))
  const stray = paths.find((path) => !named.includes(path))
  if (absent !== undefined || stray !== undefined) {
    throw new SpikewardError(
      'PARAMETER_WITHOUT_LAYER',
      absent === undefined
        ? `${estimator} gives gradients of a recurrent layer and its readout, and '${stray}' belongs to neither (${named.join(', ')}); let the loss close over it, or list it among the layer's coefficients`
        : `${estimator} needs '${absent}', which is not among the parameters (${paths.join(', ')}); do not hold it constant`,
    )
  }
  const at = (path: string): number => paths.indexOf(path)
  return {
    parts,
    tensors: leaves,
    rebuild: (tensors) => treeUnflatten(structure, tensors) as P,
    weight: at(parts.layer.weight),
    bias: at(parts.layer.bias),
    recurrent: at(parts.layer.recurrent),
    coefficients: parts.layer.coefficients.map(at),
    readoutWeight: at(parts.readout.weight),
    readoutBias: at(parts.readout.bias),
  }
}
