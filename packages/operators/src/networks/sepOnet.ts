import { add, coordsShape, mul, reshape, transpose, zeros } from '@spikeward/core'
import type { Coords, DecoderSide, FloatDType, Key, AffineLayer, Tensor } from '@spikeward/core'
import type { BlockFixed, BlockTrained } from '../blocks/block.js'
import type { BlockOptions } from '../blocks/makeBlock.js'
import { axisCotangent, branchCotangent, contractAxes } from '../sides/contractAxes.js'
import { checkCoords } from '../shared/checkCoords.js'
import { branchSide, encoderOf } from '../sides/branchSide.js'
import type { BranchOptions } from '../sides/branchSide.js'
import type { BranchNetwork } from './branchNetwork.js'
import { widthsOf } from '../sides/multiOutput.js'
import type { MultiOutput } from '../sides/multiOutput.js'
import type { Domain } from '../shared/domain.js'
import { checkCounts, checkNames } from '../shared/checkOptions.js'
import { finish, outputMaker } from '../shared/outputScale.js'
import type { OutputFixed, OutputScale } from '../shared/outputScale.js'
import { axisTrunks } from '../sides/axisTrunks.js'
import { axisFirst, biasLayer, layersUnder } from '../sides/layout.js'
import type { Variables } from '../shared/variables.js'

/** Options of {@link sepOnet}. */
export type SepOnetOptions = BranchOptions & {
  /** d, at most 10. */
  readonly axes: number
  /** The trunk of every axis, or one record for each. A smooth one has `gain` 3 where nothing is said. */
  readonly trunk: BlockOptions | readonly BlockOptions[]
  /** Features p of the branch, for each output. */
  readonly features: number
  /** Products of axis functions for each feature. Default 1: p·rank is what counts on the trunks' side. */
  readonly rank?: number
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

/** What a SepONet learns: trunks in the order of the axes. */
export type SepOnetTrained = {
  readonly branch: BlockTrained
  readonly trunks: readonly BlockTrained[]
  readonly bias: Tensor
}

/** What its key and its options fixed. */
export type SepOnetFixed = {
  readonly branch: BlockFixed
  readonly trunks: readonly BlockFixed[]
  readonly output: OutputFixed
}

/** Learned and fixed variables of a SepONet. */
export type SepOnetVariables = Variables<SepOnetTrained, SepOnetFixed>

/**
 * Separable DeepONet (Yu, Hooten, Liu et al., SepONet, 2024), of spiking or smooth blocks: a branch, and for each axis
 * a trunk of one scalar input,
 *
 *     u(f)(x) = shift + scale · (Σ_k b_k(f) Σ_r Π_a τᵃ_kr(xₐ) + b₀)
 *
 * On a grid the trunk of axis a runs for its nₐ coordinates, not for Π nₐ points, and one contraction over the axes
 * makes the field; derivatives along an axis are forward mode in scalar inputs, of one trunk. Points work as well, at the cost of
 * points: each trunk is given its column.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH for coordinates of another number of axes
 * @example
 * const network = sepOnet({ sensors: 128, axes: 2, features: 50, domain: [[0, 1], [0, 1]],
 *   branch: { kind: 'smooth', hidden: [50, 50] }, trunk: { kind: 'smooth', hidden: [50, 50] } })
 */
export function sepOnet(options: SepOnetOptions): BranchNetwork<SepOnetVariables> {
  const name = 'seponet'
  const { axes, features, rank = 1, outputs = 1, multiOutput = 'split-both', dtype = 'f32' } = options
  checkNames(
    name,
    options,
    ['sensors', 'branch', 'input', 'sample', 'axes', 'trunk', 'features', 'rank', 'outputs'].concat([
      'multiOutput',
      'domain',
      'output',
      'dtype',
    ]),
  )
  checkCounts(name, { axes, features, rank, outputs })
  const widths = widthsOf(multiOutput, outputs, features)
  const branch = branchSide(name, options, widths.branch, dtype)
  const output = outputMaker(name, outputs, options.output, dtype)
  const branchPart = ({ trained, fixed }: SepOnetVariables) => ({ trained: trained.branch, fixed: fixed.branch })
  const trunks = axisTrunks(name, axes, widths.trunk * rank, options.trunk, options.domain, dtype)
  const [branchGroups, trunkGroups] = [widths.branch / features, widths.trunk / features]
  const split = (raw: readonly Tensor[]): Tensor[] =>
    raw.map((t) => reshape(t, [t.shape[0]!, trunkGroups, features, rank]))
  const grouped = (z: Tensor): Tensor => reshape(z, [z.shape[0]!, branchGroups, features])
  const combine = (z: Tensor, raw: readonly Tensor[], at: Coords): Tensor =>
    contractAxes(grouped(z), split(raw), at.kind)
  const trunksAt = ({ trained, fixed }: SepOnetVariables, at: Coords): Tensor[] =>
    trunks.apply({ trained: trained.trunks, fixed: fixed.trunks }, at)
  /** ∂L/∂y behind the scale of the outputs: [N, n₁, …, n_d, outputs], or [N, P, outputs]. */
  const behind = (v: SepOnetVariables, slope: Tensor, functions: number, at: Coords): Tensor =>
    mul(reshape(slope, [functions, ...coordsShape(at), outputs]), v.fixed.output.scale)
  /** The trunk of one axis; the first shows the outputs' bias as well. */
  const decoder = (affineLayers: readonly AffineLayer[], a: number): DecoderSide<SepOnetVariables, Tensor> => {
    const own = layersUnder(`trunks.${a}`, affineLayers)
    const place = (at: Coords): number => (at.kind === 'points' ? 1 : 1 + a)
    return {
      affineLayers: a === 0 ? [biasLayer('bias', outputs), ...own] : own,
      perturb({ trained, fixed }, z, at, perturbations) {
        checkCoords(name, axes, at)
        const [level, inner] = a === 0 ? [perturbations[0] ?? null, perturbations.slice(1)] : [null, perturbations]
        const { output, presynaptic } = trunks.perturb({ trained: trained.trunks, fixed: fixed.trunks }, at, a, inner)
        const y = combine(z, output, at)
        const rows = output[a]!.shape[0]!
        const shape = y.shape.map((n, i) => (i === place(at) ? rows : i === y.ndim - 1 ? n : 1))
        const field = finish(level === null ? y : add(y, reshape(level, shape)), trained.bias, fixed.output)
        return { output: field, presynaptic: a === 0 ? [zeros([rows, 1], dtype), ...presynaptic] : presynaptic }
      },
      arrange: (field, at) => axisFirst(field, place(at)),
      cotangent(v, z, at, slope) {
        // Back from place by place: the axis of places stands first.
        const shape = [z.shape[0]!, ...coordsShape(at), outputs]
        const first = [place(at), ...shape.map((_, i) => i).filter((i) => i !== place(at))]
        const field = transpose(
          reshape(
            slope,
            first.map((i) => shape[i]!),
          ),
          shape.map((_, i) => first.indexOf(i)),
        )
        const tau = split(trunksAt(v, at))
        const found = axisCotangent(behind(v, field, shape[0]!, at), grouped(z), tau, a, at.kind)
        return reshape(found, [found.shape[0]!, -1])
      },
    }
  }

  const network: BranchNetwork<SepOnetVariables> = {
    name,
    axes,
    outputs,
    coordinates: trunks.coordinates,
    satisfies: [],
    init(key) {
      const [branchKey, trunkKey] = key.split(2) as [Key, Key]
      const [b, t] = [branch.init(branchKey), trunks.init(trunkKey)]
      return {
        trained: { branch: b.trained, trunks: t.trained, bias: zeros([outputs], dtype) },
        fixed: { branch: b.fixed, trunks: t.fixed, output: output() },
      }
    },
    branchFeatures: (v, f) => branch.features(branchPart(v), f),
    encode: (v, f) => branch.apply(branchPart(v), f),
    decode(v, z, at) {
      checkCoords(name, axes, at)
      return finish(combine(z, trunksAt(v, at), at), v.trained.bias, v.fixed.output)
    },
    apply: (v, f, at) => network.decode(v, network.encode(v, f), at),
    ...encoderOf(branch, branchPart, (v, at, slope) => {
      const n = slope.shape[0]!
      const like = zeros([n, branchGroups, features], dtype)
      return reshape(branchCotangent(behind(v, slope, n, at), like, split(trunksAt(v, at)), at.kind), [n, -1])
    }),
    ...(trunks.affineLayers === null ? {} : { decoders: trunks.affineLayers.map(decoder) }),
  }
  return network
}
