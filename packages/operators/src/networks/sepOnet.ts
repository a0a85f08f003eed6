import { defineFactory, defineOptions, integer, zeros } from '@spikeward/core'
import type { Filled, Key, OptionsOf, Tensor, Variables } from '@spikeward/core'
import { type BlockFixed, type BlockTrained, partOf } from '../blocks/block.js'
import { checkDeepLayers } from '../blocks/makeBlock.js'
import { branchBlock, branchOptions } from '../blocks/branch.js'
import { type BranchNetwork, coded } from './branchNetwork.js'
import { contractAxes, multiOutputOption, widthsOf } from '../blocks/contraction.js'
import { domainOption, dtypeOption, lengthRange, outputOption, outputsOption } from '../shared/networkOptions.js'
import { type OutputFixed, finish, outputMaker } from '../scales/outputScale.js'
import { axisTrunks, axisTrunksOption, separableAxesOption } from '../blocks/axisTrunks.js'

/** Options of {@link sepOnet}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  ...branchOptions,
  /** d, at most 10. */
  axes: separableAxesOption,
  /** Block of the trunk of every axis, or one for each axis. A smooth trunk has `gain` 3 by default. */
  trunk: axisTrunksOption,
  /** Features p of the branch, for each output. */
  features: integer({ ...lengthRange, required: true, help: 'features of the branch per output (p)' }),
  /** Products of axis functions for each feature. Default 1: the trunks have p · rank functions of each axis. */
  rank: integer({ ...lengthRange, default: 1, help: 'products of axis functions per feature (r)' }),
  /** Default 1. */
  outputs: outputsOption,
  /** Default `split-both`. */
  multiOutput: multiOutputOption,
  /** [low, high] of each axis, mapped to [−1, 1]. Default [−1, 1]. */
  domain: domainOption,
  /** Default shift 0 and scale 1, see {@link standardiseOutputs}. */
  output: outputOption,
  /** Default `f32`. */
  dtype: dtypeOption,
}))

/** Options of {@link sepOnet}. */
export type SepOnetOptions = OptionsOf<typeof options>

/** Learned variables of a SepONet, with the trunks in the order of the axes. */
export type SepOnetTrained = {
  readonly branch: BlockTrained
  readonly trunks: readonly BlockTrained[]
  readonly bias: Tensor
}

/** Fixed variables of a SepONet. */
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
 * On a grid the trunk of axis a runs for its nₐ coordinates instead of all Π nₐ points, and one contraction over the
 * axes gives the field. A derivative along an axis is forward mode through one trunk of a scalar input. The network
 * also takes points: each trunk then runs once per point, for its column.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH for coordinates with another number of axes
 * @example
 * const network = sepOnet({ sensors: 128, axes: 2, features: 50, domain: [[0, 1], [0, 1]],
 *   branch: { kind: 'smooth', hidden: [50, 50] }, trunk: { kind: 'smooth', hidden: [50, 50] } })
 */
export const sepOnet = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'sepOnet',
    aliases: ['seponet'],
    summary: 'branch, and a trunk of one scalar input for each axis: a grid costs the sum of its axes',
    options,
    facts: { output: 'Σ_k b_k(f) Σ_r Π_a τᵃ_kr(xₐ)', learns: 'operators', separable: true },
  },
  (read) =>
    (settings: SepOnetOptions): BranchNetwork<SepOnetVariables> =>
      build(read(settings)),
)

function build(filled: Filled<typeof options>): BranchNetwork<SepOnetVariables> {
  const name = 'seponet'
  const { axes, features, rank, outputs, multiOutput, dtype } = filled
  const widths = widthsOf(multiOutput, outputs, features)
  checkDeepLayers(name, filled, [filled.branch, ...[filled.trunk].flat()])
  const branch = branchBlock(filled, widths.branch, dtype)
  const output = outputMaker(name, outputs, filled.output, dtype)
  const trunks = axisTrunks(name, axes, widths.trunk * rank, filled.trunk, filled.domain, dtype, filled)
  return {
    name,
    axes,
    outputs,
    coordinates: trunks.coordinates,
    init(key) {
      const [branchKey, trunkKey] = key.split(2) as [Key, Key]
      const [b, t] = [branch.init(branchKey), trunks.init(trunkKey)]
      return {
        trained: { branch: b.trained, trunks: t.trained, bias: zeros([outputs], dtype) },
        fixed: { branch: b.fixed, trunks: t.fixed, output: output() },
      }
    },
    branchFeatures: (v, f) => branch.features(partOf(v, 'branch'), f),
    ...coded<SepOnetVariables, Tensor>({
      encode: (v, f) => branch.apply(partOf(v, 'branch'), f),
      decode(v, z, at) {
        const tau = trunks.apply({ trained: v.trained.trunks, fixed: v.fixed.trunks }, at)
        return finish(contractAxes(z, tau, at.kind, features, rank), v.trained.bias, v.fixed.output)
      },
    }),
  }
}
