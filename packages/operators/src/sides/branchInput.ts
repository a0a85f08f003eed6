import { SpikewardError, matmul, sub, tensor } from '@spikeward/core'
import type { FloatDType, Tensor } from '@spikeward/core'
import type { BlockFixed } from '../blocks/block.js'
import { columnNormaliser } from '../scales/columnNormaliser.js'
import type { ShiftScale } from '../scales/columnNormaliser.js'
import type { PrincipalComponents } from '../statistics/principalComponents.js'

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
 * The first principal components of an input function. `principal` computes them when the network is first initialised, and once.
 *
 * @throws INVALID_OPTION without `principal`; `init` throws it if `principal` gives components of another number or for other sensors
 */
export function principalInput(
  sensors: number,
  components: number,
  principal: ((components: number) => PrincipalComponents) | undefined,
  dtype: FloatDType,
): BranchInput {
  if (principal === undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `a branch of ${components} components needs a function that computes them; give principal, such as (k) => principalComponents(training, count, k)`,
    )
  }
  let computed: PrincipalComponents | null = null
  return {
    width: components,
    init() {
      computed ??= checked(principal(components), sensors, components)
      const { mean, weight } = computed
      return {
        components: { mean: tensor(mean, { dtype }), weight: tensor(weight, { dtype, shape: [sensors, components] }) },
      }
    },
    apply(fixed, f) {
      const { mean, weight } = fixed['components'] as { readonly mean: Tensor; readonly weight: Tensor }
      return matmul(sub(f, mean), weight)
    },
  }
}

function checked(given: PrincipalComponents, sensors: number, components: number): PrincipalComponents {
  const { mean, weight, components: found } = given
  if (found === components && mean.length === sensors && weight.length === sensors * components) return given
  throw new SpikewardError(
    'INVALID_OPTION',
    `principal gave ${found} components of ${mean.length} sensor values and ${weight.length} weights, not ${components} of ${sensors}; pass its argument on to principalComponents, with functions of ${sensors} sensor values`,
  )
}
