import { coordsShape, defineOptions, integer, option, reshape } from '@spikeward/core'
import type { Coords, Filled, OptionsOf, Tensor } from '@spikeward/core'
import { type Block, type BlockFixed, type BlockTrained, partOf } from './block.js'
import { blockType, makeBlock, withDeepLayers } from './makeBlock.js'
import { asTrunk } from './smoothBlock.js'
import { contractAxes, multiOutputOption, widthsOf } from './contraction.js'
import { checkDomain, pointsIn } from '../coords/checkCoords.js'
import {
  axesOption,
  domainOption,
  dtypeOption,
  lengthRange,
  outputOption,
  outputsOption,
} from '../shared/networkOptions.js'
import { type OutputFixed, finish } from '../scales/outputScale.js'
import { deepLayersOptions } from '../spikingMlp/spikingMlpOptions.js'

/** Options of every network with a trunk over points: trunk, dot product and outputs. */
export const trunkOptions = /* @__PURE__ */ defineOptions(() => ({
  /** Coordinates of a point: d. */
  axes: axesOption,
  /** Block of the trunk. A smooth trunk has `gain` 3 by default. */
  trunk: option(blockType, { required: true, help: 'block of the trunk' }),
  /** Length p of the dot product, for each output. */
  features: integer({ ...lengthRange, required: true, help: 'length of the dot product per output (p)' }),
  /** Default 1. */
  outputs: outputsOption,
  /** Default `split-both`. */
  multiOutput: multiOutputOption,
  ...deepLayersOptions,
  /** [low, high] of each axis, mapped to [−1, 1]. Default [−1, 1]. */
  domain: domainOption,
  /** Default shift 0 and scale 1, see {@link standardiseOutputs}. */
  output: outputOption,
  /** Default `f32`. */
  dtype: dtypeOption,
}))

/** Options of every network with a trunk over points. */
export type TrunkOptions = OptionsOf<typeof trunkOptions>

/** The part of a network's variables that the trunk's side reads. */
type TrunkVariables = {
  readonly trained: { readonly trunk: BlockTrained; readonly bias: Tensor }
  readonly fixed: { readonly trunk: BlockFixed; readonly output: OutputFixed }
}

/** A trunk with its dot product. */
export type PointTrunk = {
  readonly block: Block
  /** The number of outputs that the branch must have. */
  readonly branchWidth: number
  features(variables: TrunkVariables, at: Coords): Tensor
  /** z [N, branch width] to the field's values. */
  decode(variables: TrunkVariables, z: Tensor, at: Coords): Tensor
}

/** Makes the trunk of {@link deepOnet} and {@link mioNet}. */
export function pointTrunk(name: string, options: Filled<typeof trunkOptions>): PointTrunk {
  const { axes, features, outputs, multiOutput, dtype } = options
  const widths = widthsOf(multiOutput, outputs, features)
  const place = { inputs: axes, outputs: widths.trunk, dtype }
  const block = makeBlock(withDeepLayers(asTrunk(options.trunk), options), place)
  const points = pointsIn(name, axes, checkDomain(name, axes, options.domain))
  return {
    block,
    branchWidth: widths.branch,
    features: (v, at) => block.features(partOf(v, 'trunk'), points(at)),
    decode(v, z, at) {
      // Σ b t for every output.
      const y = contractAxes(z, [block.apply(partOf(v, 'trunk'), points(at))], 'points', features)
      return finish(reshape(y, [z.shape[0]!, ...coordsShape(at), outputs]), v.trained.bias, v.fixed.output)
    },
  }
}
