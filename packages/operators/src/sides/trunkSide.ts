import { coordsPoints, coordsShape, defineOptions, integer, matmul, option, reshape, transpose } from '@spikeward/core'
import type { Coords, Filled, FloatDType, OptionsOf, Tensor } from '@spikeward/core'
import type { Block, BlockFixed, BlockTrained, BlockVariables } from '../blocks/block.js'
import { blockType, makeBlock, withDeepLayers } from '../blocks/makeBlock.js'
import { asTrunk } from '../blocks/smoothBlock.js'
import { checkCoords } from '../shared/checkCoords.js'
import { dotOutputs, multiOutputOption, widthsOf } from './multiOutput.js'
import { columnNormaliser } from '../scales/columnNormaliser.js'
import { checkDomain, toUnit } from '../shared/unitDomain.js'
import {
  axesOption,
  domainOption,
  dtypeOption,
  lengthRange,
  outputOption,
  outputsOption,
} from '../shared/networkOptions.js'
import { finish } from '../scales/outputScale.js'
import { deepLayersOptions } from '../spikingMlp/spikingMlpOptions.js'
import type { OutputFixed } from '../scales/outputScale.js'

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
export type TrunkSide = {
  readonly block: Block
  /** The number of outputs that the branch must have. */
  readonly branchWidth: number
  readonly outputs: number
  readonly dtype: FloatDType
  features(variables: TrunkVariables, at: Coords): Tensor
  /** z [N, branch width] to the field's values. */
  decode(variables: TrunkVariables, z: Tensor, at: Coords): Tensor
}

/** Makes the trunk of {@link deepOnet} and {@link mioNet}. */
export function trunkSide(name: string, options: Filled<typeof trunkOptions>): TrunkSide {
  const { axes, features, outputs, multiOutput, dtype } = options
  const widths = widthsOf(multiOutput, outputs, features)
  const block = makeBlock(withDeepLayers(asTrunk(options.trunk), options), {
    inputs: axes,
    outputs: widths.trunk,
    dtype,
  })
  const unit = checkDomain(name, axes, options.domain).map(toUnit)
  const place = columnNormaliser({ shift: unit.map((u) => u.shift), scale: unit.map((u) => u.scale) })
  const part = ({ trained, fixed }: TrunkVariables): BlockVariables => ({ trained: trained.trunk, fixed: fixed.trunk })
  const points = (at: Coords): Tensor => {
    checkCoords(name, axes, at)
    return place(coordsPoints(at))
  }
  /** Σ b t + b₀ with features t [P, trunk width]. */
  const combine = (v: TrunkVariables, z: Tensor, t: Tensor, at: Coords): Tensor => {
    const y = outputs === 1 ? matmul(z, transpose(t)) : dotOutputs(multiOutput, outputs, features, z, t)
    return finish(reshape(y, [z.shape[0]!, ...coordsShape(at), outputs]), v.trained.bias, v.fixed.output)
  }
  return {
    block,
    branchWidth: widths.branch,
    outputs,
    dtype,
    features: (v, at) => block.features(part(v), points(at)),
    decode: (v, z, at) => combine(v, z, block.apply(part(v), points(at)), at),
  }
}
