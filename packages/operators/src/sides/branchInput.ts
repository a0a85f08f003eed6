import { SpikewardError, matmul, sub, tensor } from '@spikeward/core'
import type { FloatDType, Tensor } from '@spikeward/core'
import type { BlockFixed } from '../blocks/block.js'
import { columnNormaliser } from '../shared/columnNormaliser.js'
import type { ShiftScale } from '../shared/columnNormaliser.js'
import { principalComponents } from '../statistics/principalComponents.js'

/** The map from sensor values [N, m] to what the block of a branch receives, [N, width]. */
export type BranchInput = {
  readonly width: number
  /** Its fixed variables, which a checkpoint keeps among those of the block. */
  init(): BlockFixed
  apply(fixed: BlockFixed, f: Tensor): Tensor
}

/** (f − shift)/scale, without variables. */
export function normalisedInput(sensors: number, input: ShiftScale | undefined): BranchInput {
  const normalise = columnNormaliser(input)
  return { width: sensors, init: () => ({}), apply: (_, f) => normalise(f) }
}

/**
 * The principal components of the input functions `training` [n, m].
 *
 * @throws INVALID_OPTION
 */
export function principalInput(
  sensors: number,
  components: number,
  training: Float64Array | undefined,
  dtype: FloatDType,
): BranchInput {
  if (training === undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `a branch of ${components} components without training functions; they are computed from those; give training, the sensor values of the training functions`,
    )
  }
  const { mean, weight } = principalComponents(training, training.length / sensors, components)
  return {
    width: components,
    init: () => ({
      components: { mean: tensor(mean, { dtype }), weight: tensor(weight, { dtype, shape: [sensors, components] }) },
    }),
    apply(fixed, f) {
      const { mean, weight } = fixed['components'] as { readonly mean: Tensor; readonly weight: Tensor }
      return matmul(sub(f, mean), weight)
    },
  }
}
