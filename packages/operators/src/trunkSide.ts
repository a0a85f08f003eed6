import { coordsPoints, coordsShape, matmul, reshape, transpose } from '@spikeward/core'
import type { Coords, FloatDType, Tensor } from '@spikeward/core'
import type { Block, BlockFixed, BlockTrained, BlockVariables } from './blocks/block.js'
import { makeBlock } from './blocks/makeBlock.js'
import type { BlockOptions } from './blocks/makeBlock.js'
import { checkCoords } from './coordinates.js'
import { dotOutputs, widthsOf } from './multiOutput.js'
import type { MultiOutput } from './multiOutput.js'
import { checkDomain, normaliser, toUnit } from './normalise.js'
import type { Domain } from './normalise.js'
import { checkCounts } from './options.js'
import { finish } from './outputs.js'
import type { OutputFixed, OutputScale } from './outputs.js'

/** Options of what stands behind the branches: trunk, dot product, outputs. */
export type TrunkOptions = {
  /** Coordinates of a point: d. */
  readonly axes: number
  readonly trunk: BlockOptions
  /** Length p of the dot product, for each output. */
  readonly features: number
  /** Default 1. */
  readonly outputs?: number
  /** Default `split-both`. */
  readonly multiOutput?: MultiOutput
  /** [low, high] of each axis; coordinates are brought to [−1, 1] first. Default [−1, 1]. */
  readonly domain?: Domain
  /** Default shift 0 and scale 1, see {@link standardiseOutputs}. */
  readonly output?: OutputScale
  /** Default `f32`. */
  readonly dtype?: FloatDType
}

/** The part of a network's variables that the trunk's side reads. */
type TrunkVariables = {
  readonly trained: { readonly trunk: BlockTrained; readonly bias: Tensor }
  readonly fixed: { readonly trunk: BlockFixed; readonly output: OutputFixed }
}

/** A trunk with its dot product. */
export type TrunkSide = {
  readonly block: Block
  /** Numbers that a branch must give. */
  readonly branchWidth: number
  readonly outputs: number
  readonly dtype: FloatDType
  features(variables: TrunkVariables, at: Coords): Tensor
  /** z [N, branch width] to the field's values. */
  decode(variables: TrunkVariables, z: Tensor, at: Coords): Tensor
}

/** Builds the trunk's side of {@link deepOnet} and {@link mioNet}. */
export function trunkSide(name: string, options: TrunkOptions): TrunkSide {
  const { axes, features, outputs = 1, multiOutput = 'split-both', dtype = 'f32' } = options
  checkCounts(name, { axes, features, outputs })
  const widths = widthsOf(multiOutput, outputs, features)
  const block = makeBlock(options.trunk, { inputs: axes, outputs: widths.trunk, dtype })
  const unit = checkDomain(name, axes, options.domain).map(toUnit)
  const place = normaliser({ shift: unit.map((u) => u.shift), scale: unit.map((u) => u.scale) })
  const part = ({ trained, fixed }: TrunkVariables): BlockVariables => ({ trained: trained.trunk, fixed: fixed.trunk })
  const points = (at: Coords): Tensor => {
    checkCoords(name, axes, at)
    return place(coordsPoints(at))
  }
  return {
    block,
    branchWidth: widths.branch,
    outputs,
    dtype,
    features: (v, at) => block.features(part(v), points(at)),
    decode(v, z, at) {
      const t = block.apply(part(v), points(at))
      const y = outputs === 1 ? matmul(z, transpose(t)) : dotOutputs(multiOutput, outputs, features, z, t)
      return finish(reshape(y, [z.shape[0]!, ...coordsShape(at), outputs]), v.trained.bias, v.fixed.output)
    },
  }
}
