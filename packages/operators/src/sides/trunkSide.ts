import { add, coordsPoints, coordsShape, matmul, mul, reshape, transpose, zeros } from '@spikeward/core'
import type { Coords, DecoderSide, FloatDType, Tensor } from '@spikeward/core'
import type { Block, BlockFixed, BlockInside, BlockTrained, BlockVariables } from '../blocks/block.js'
import { makeBlock } from '../blocks/makeBlock.js'
import type { BlockOptions } from '../blocks/makeBlock.js'
import { asTrunk } from '../blocks/smoothBlock.js'
import { checkCoords } from '../shared/checkCoords.js'
import { branchSlope, dotOutputs, trunkSlope, widthsOf } from './multiOutput.js'
import type { MultiOutput } from './multiOutput.js'
import { columnNormaliser } from '../shared/columnNormaliser.js'
import { checkDomain, toUnit } from '../shared/domain.js'
import type { Domain } from '../shared/domain.js'
import { checkCounts } from '../shared/checkOptions.js'
import { finish } from '../shared/outputScale.js'
import type { OutputFixed, OutputScale } from '../shared/outputScale.js'
import { axisFirst, biasLayer, flatPlaces, layersUnder } from './layout.js'

/** Options of what stands behind the branches: trunk, dot product, outputs. */
export type TrunkOptions = {
  /** Coordinates of a point: d. */
  readonly axes: number
  /** A smooth trunk has `gain` 3 where nothing is said. */
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
  /** ∂L/∂z [N, branch width] from ∂L/∂field [N, everything else]. */
  cotangent(variables: TrunkVariables, at: Coords, slope: Tensor): Tensor
  /** The decoder looked into, where the block shows its affine maps; for the network's record. */
  readonly shown: { readonly decoders?: readonly DecoderSide<TrunkVariables, Tensor>[] }
}

/** Builds the trunk's side of {@link deepOnet} and {@link mioNet}. */
export function trunkSide(name: string, options: TrunkOptions): TrunkSide {
  const { axes, features, outputs = 1, multiOutput = 'split-both', dtype = 'f32' } = options
  checkCounts(name, { axes, features, outputs })
  const widths = widthsOf(multiOutput, outputs, features)
  const block = makeBlock(asTrunk(options.trunk), { inputs: axes, outputs: widths.trunk, dtype })
  const unit = checkDomain(name, axes, options.domain).map(toUnit)
  const place = columnNormaliser({ shift: unit.map((u) => u.shift), scale: unit.map((u) => u.scale) })
  const part = ({ trained, fixed }: TrunkVariables): BlockVariables => ({ trained: trained.trunk, fixed: fixed.trunk })
  const points = (at: Coords): Tensor => {
    checkCoords(name, axes, at)
    return place(coordsPoints(at))
  }
  /** Σ b t + b₀ with features t [P, trunk width], and a perturbation [P, outputs] of the sum. */
  const combine = (v: TrunkVariables, z: Tensor, t: Tensor, at: Coords, level: Tensor | null = null): Tensor => {
    const y = outputs === 1 ? matmul(z, transpose(t)) : dotOutputs(multiOutput, outputs, features, z, t)
    const flat = reshape(y, [z.shape[0]!, t.shape[0]!, outputs])
    const moved = level === null ? flat : add(flat, level)
    return finish(reshape(moved, [z.shape[0]!, ...coordsShape(at), outputs]), v.trained.bias, v.fixed.output)
  }
  /** ∂L/∂y [N, P, outputs], behind the scale of the outputs. */
  const behind = (v: TrunkVariables, slope: Tensor, rows: number): Tensor =>
    mul(reshape(slope, [rows, -1, outputs]), v.fixed.output.scale)
  const decoder = (seen: BlockInside): DecoderSide<TrunkVariables, Tensor> => ({
    affineLayers: [biasLayer('bias', outputs), ...layersUnder('trunk', seen.affineLayers)],
    perturb(v, z, at, [level = null, ...perturbations]) {
      const { output: t, presynaptic } = seen.perturb(part(v), points(at), perturbations)
      const none = zeros([t.shape[0]!, 1], dtype)
      return { output: combine(v, z, t, at, level), presynaptic: [none, ...presynaptic] }
    },
    arrange: (field, at) => axisFirst(flatPlaces(field, coordsPoints(at).shape[0]!), 1),
    cotangent(v, z, _, slope) {
      const byFunction = transpose(behind(v, slope, slope.shape[0]!), [1, 0, 2])
      return trunkSlope(multiOutput, outputs, features, byFunction, z)
    },
  })
  const { inside } = block
  return {
    block,
    branchWidth: widths.branch,
    outputs,
    dtype,
    features: (v, at) => block.features(part(v), points(at)),
    cotangent: (v, at, slope) =>
      branchSlope(multiOutput, outputs, features, behind(v, slope, slope.shape[0]!), block.apply(part(v), points(at))),
    decode: (v, z, at) => combine(v, z, block.apply(part(v), points(at)), at),
    shown: inside === undefined ? {} : { decoders: [decoder(inside)] },
  }
}
