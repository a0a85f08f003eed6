import { tensor } from '@spikeward/core'
import type { Coords, EncoderSide, FloatDType, Key, Tensor, Tree } from '@spikeward/core'
import type { BlockInside, BlockVariables } from '../blocks/block.js'
import { makeBlock } from '../blocks/makeBlock.js'
import type { BlockOptions } from '../blocks/makeBlock.js'
import { columnNormaliser } from '../shared/columnNormaliser.js'
import type { ShiftScale } from '../shared/columnNormaliser.js'
import { checkCounts } from '../shared/checkOptions.js'
import { layersUnder } from './layout.js'

/** Options that every network with a branch has. */
export type BranchOptions = {
  /** Values that the branch is given of an input function: m. */
  readonly sensors: number
  /** A spiking branch has `gain` 0.15/√m where nothing is said. */
  readonly branch: BlockOptions
  /** Sensor values are brought to (f − shift)/scale first, see {@link standardiseSensors}. Default as they are. */
  readonly input?: ShiftScale
  /** Input functions [n, m], row-major: what a spiking branch centres its rates on. Default: its own choice. */
  readonly sample?: Float64Array
}

/** A branch: sensor values [N, m] to numbers [N, outputs]. */
export type BranchSide = {
  init(key: Key): BlockVariables
  features(variables: BlockVariables, f: Tensor): Tensor
  apply(variables: BlockVariables, f: Tensor): Tensor
  /** Where the block shows its affine maps. */
  readonly inside?: BlockInside
}

/** Builds the branch of a network. */
export function branchSide(name: string, options: BranchOptions, outputs: number, dtype: FloatDType): BranchSide {
  const { sensors, sample } = options
  checkCounts(name, { sensors })
  // Sensor values of a function of variance 1 move together: this makes currents of deviation 0.17, in the range where a
  // rate follows its current. A branch is to be nearly linear; with the weights of a trunk its neurons saturate.
  const { branch } = options
  const gentle = branch.kind === 'spiking' ? { gain: 0.15 / Math.sqrt(sensors), ...branch } : branch
  const block = makeBlock(gentle, { inputs: sensors, outputs, dtype })
  const normalise = columnNormaliser(options.input)
  const { inside } = block
  return {
    init: (key) =>
      sample === undefined
        ? block.init(key)
        : block.init(key, normalise(tensor(sample, { dtype, shape: [sample.length / sensors, sensors] }))),
    features: (v, f) => block.features(v, normalise(f)),
    apply: (v, f) => block.apply(v, normalise(f)),
    ...(inside === undefined
      ? {}
      : {
          inside: {
            affineLayers: inside.affineLayers,
            perturb: (v, f, perturbations) => inside.perturb(v, normalise(f), perturbations),
          },
        }),
  }
}

/**
 * The encoder of a network whose z is what its branch gives, looked into.
 *
 * @param part the branch's variables among those of the network
 * @param cotangent ∂L/∂z from ∂L/∂field, where the network says so
 */
export function encoderOf<V extends Tree>(
  branch: BranchSide,
  part: (variables: V) => BlockVariables,
  cotangent?: (variables: V, at: Coords, slope: Tensor) => Tensor,
): { readonly encoder?: EncoderSide<V, Tensor> } {
  const { inside } = branch
  if (inside === undefined) return {}
  const encoder: EncoderSide<V, Tensor> = {
    affineLayers: layersUnder('branch', inside.affineLayers),
    perturb: (v, f, perturbations) => inside.perturb(part(v), f, perturbations),
    ...(cotangent === undefined ? {} : { cotangent: (v, _, at, slope) => cotangent(v, at, slope) }),
  }
  return { encoder }
}
