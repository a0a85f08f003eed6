import { SpikewardError, mul, slice, zeros } from '@spikeward/core'
import type { Key, OperatorNetwork, Tensor } from '@spikeward/core'
import type { BlockFixed, BlockTrained } from '../blocks/block.js'
import { branchSide } from '../sides/branchSide.js'
import type { BranchOptions } from '../sides/branchSide.js'
import { checkNames } from '../shared/checkOptions.js'
import { outputMaker } from '../shared/outputScale.js'
import type { OutputFixed } from '../shared/outputScale.js'
import { trunkSide } from '../sides/trunkSide.js'
import type { TrunkOptions } from '../sides/trunkSide.js'
import type { Variables } from '../shared/variables.js'

/** Options of {@link mioNet}. */
export type MioNetOptions = TrunkOptions & {
  /** One branch for each input function: values that it is given, and what it is made of. */
  readonly branches: readonly BranchOptions[]
}

/** Variables of a MIONet. */
export type MioNetVariables = Variables<
  { readonly branches: readonly BlockTrained[]; readonly trunk: BlockTrained; readonly bias: Tensor },
  { readonly branches: readonly BlockFixed[]; readonly trunk: BlockFixed; readonly output: OutputFixed }
>

/**
 * MIONet (Jin, Meng & Lu, SIAM J. Sci. Comput. 2022): an operator of several input functions, a branch for each,
 *
 *     u(f₁, …, f_k)(x) = shift + scale · (Σ_p b¹_p(f₁) · … · b^k_p(f_k) t_p(x) + b₀)
 *
 * The sensor values of all functions of a sample stand side by side in one row: f is [N, m₁ + … + m_k].
 *
 * @throws INVALID_OPTION; SHAPE_MISMATCH where f has another number of columns
 * @example
 * const network = mioNet({ branches: [{ sensors: 20, branch }, { sensors: 10, branch }], axes: 1, features: 16, trunk })
 */
export function mioNet(options: MioNetOptions): OperatorNetwork<MioNetVariables, Tensor> {
  const name = 'mionet'
  const { branches } = options
  checkNames(name, options, 'branches axes trunk features outputs multiOutput domain output dtype'.split(' '))
  if (branches.length === 0) throw new SpikewardError('INVALID_OPTION', `${name}: no branch; give at least one`)
  const trunk = trunkSide(name, options)
  const { outputs, dtype } = trunk
  const output = outputMaker(name, outputs, options.output, dtype)
  const made = branches.map((b) => branchSide(name, b, trunk.branchWidth, dtype))
  const total = branches.reduce((n, b) => n + b.sensors, 0)
  const starts = branches.map((_, i) => branches.slice(0, i).reduce((n, b) => n + b.sensors, 0))

  const network: OperatorNetwork<MioNetVariables, Tensor> = {
    name,
    axes: options.axes,
    outputs,
    coordinates: trunk.block.coordinates,
    satisfies: [],
    init(key) {
      const [branchKey, trunkKey] = key.split(2) as [Key, Key]
      const b = made.map((branch, i) => branch.init(branchKey.fold(i)))
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
    encode({ trained, fixed }, f) {
      if (f.ndim !== 2 || f.shape[1] !== total) {
        throw new SpikewardError(
          'SHAPE_MISMATCH',
          `${name}: input functions of shape [${f.shape.join(', ')}]; expected [N, ${total}], ${branches.map((b) => b.sensors).join(' + ')} sensors side by side`,
        )
      }
      return made
        .map((branch, i) => {
          const own = slice(f, [0, starts[i]!], [f.shape[0]!, starts[i]! + branches[i]!.sensors])
          return branch.apply({ trained: trained.branches[i]!, fixed: fixed.branches[i]! }, own)
        })
        .reduce((a, b) => mul(a, b))
    },
    decode: trunk.decode,
    apply: (v, f, at) => network.decode(v, network.encode(v, f), at),
    ...trunk.shown,
  }
  return network
}
