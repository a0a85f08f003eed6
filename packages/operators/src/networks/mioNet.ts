import { SpikewardError, defineFactory, defineOptions, mul, opaque, readOptions, slice, zeros } from '@spikeward/core'
import type { Filled, Key, OptionsOf, Tensor, Variables } from '@spikeward/core'
import type { BlockFixed, BlockTrained, BlockVariables } from '../blocks/block.js'
import { checkDeepLayers, deepLayersOf } from '../blocks/makeBlock.js'
import { type BranchOptions, branchBlock, branchOptions } from '../blocks/branch.js'
import { type TrunkNetwork, coded } from './branchNetwork.js'
import { type OutputFixed, outputMaker } from '../scales/outputScale.js'
import { pointTrunk, trunkOptions } from '../blocks/trunk.js'

const isBranches = (x: unknown): x is readonly BranchOptions[] => Array.isArray(x) && x.length > 0

/** Options of {@link mioNet}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  /** One branch for each input function. */
  branches: opaque('a list of at least one record of branch options', isBranches, {
    required: true,
    help: 'one branch for each input function',
  }),
  ...trunkOptions,
}))

/** Options of {@link mioNet}. */
export type MioNetOptions = OptionsOf<typeof options>

/** Variables of a MIONet. */
export type MioNetVariables = Variables<
  { readonly branches: readonly BlockTrained[]; readonly trunk: BlockTrained; readonly bias: Tensor },
  { readonly branches: readonly BlockFixed[]; readonly trunk: BlockFixed; readonly output: OutputFixed }
>

/**
 * MIONet (Jin, Meng & Lu, SIAM J. Sci. Comput. 2022): an operator of several input functions, with a branch for each,
 *
 *     u(f₁, …, f_k)(x) = shift + scale · (Σ_p b¹_p(f₁) · … · b^k_p(f_k) t_p(x) + b₀)
 *
 * One row of f holds the sensor values of all functions of a sample: f is [N, m₁ + … + m_k].
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH if f has another number of columns
 * @example
 * const network = mioNet({ branches: [{ sensors: 20, branch }, { sensors: 10, branch }], axes: 1, features: 16, trunk })
 */
export const mioNet = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'mioNet',
    aliases: ['mionet'],
    summary: 'a branch for each of several input functions, whose features are multiplied',
    options,
    facts: { output: 'Σ_k Π_i bⁱ_k(f_i) t_k(x) + b₀', learns: 'operators of several functions', separable: false },
  },
  (read) =>
    (settings: MioNetOptions): TrunkNetwork<MioNetVariables> =>
      build(read(settings)),
)

function build(filled: Filled<typeof options>): TrunkNetwork<MioNetVariables> {
  const name = 'mionet'
  const branches = filled.branches.map((b) =>
    readOptions('mioNet, branch', branchOptions, { ...deepLayersOf(filled), ...b }),
  )
  checkDeepLayers(name, filled, [filled.trunk, ...branches.map((b) => b.branch)])
  const { axes, outputs, dtype } = filled
  const trunk = pointTrunk(name, filled)
  const output = outputMaker(name, outputs, filled.output, dtype)
  const blocks = branches.map((b) => branchBlock(b, trunk.branchWidth, dtype))
  const total = branches.reduce((n, b) => n + b.sensors, 0)
  const starts = branches.map((_, i) => branches.slice(0, i).reduce((n, b) => n + b.sensors, 0))

  const columns = (f: Tensor, i: number): Tensor =>
    slice(f, [0, starts[i]!], [f.shape[0]!, starts[i]! + branches[i]!.sensors])
  const part = ({ trained, fixed }: MioNetVariables, i: number): BlockVariables => ({
    trained: trained.branches[i]!,
    fixed: fixed.branches[i]!,
  })
  return {
    name,
    axes,
    outputs,
    coordinates: trunk.block.coordinates,
    init(key) {
      const [branchKey, trunkKey] = key.split(2) as [Key, Key]
      const b = blocks.map((branch, i) => branch.init(branchKey.fold(i)))
      const t = trunk.block.init(trunkKey)
      return {
        trained: { branches: b.map((v) => v.trained), trunk: t.trained, bias: zeros([outputs], dtype) },
        fixed: {
          branches: b.map((v) => v.fixed),
          trunk: t.fixed,
          output: output(),
        },
      }
    },
    trunkFeatures: trunk.features,
    ...coded<MioNetVariables, Tensor>({
      encode(v, f) {
        if (f.ndim !== 2 || f.shape[1] !== total) {
          throw new SpikewardError(
            'SHAPE_MISMATCH',
            `${name}: input functions of shape [${f.shape.join(', ')}]; expected [N, ${total}], ${branches.map((b) => b.sensors).join(' + ')} sensors side by side`,
          )
        }
        return blocks.map((branch, i) => branch.apply(part(v, i), columns(f, i))).reduce((a, b) => mul(a, b))
      },
      decode: trunk.decode,
    }),
  }
}
