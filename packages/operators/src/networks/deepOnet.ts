import { defineFactory, defineOptions, zeros } from '@spikeward/core'
import type { Filled, Key, OptionsOf, Tensor, Variables } from '@spikeward/core'
import { type BlockFixed, type BlockTrained, partOf } from '../blocks/block.js'
import { checkDeepLayers } from '../blocks/makeBlock.js'
import { branchBlock, branchOptions } from '../blocks/branch.js'
import { type BranchNetwork, type TrunkNetwork, coded } from './branchNetwork.js'
import { type OutputFixed, outputMaker } from '../scales/outputScale.js'
import { pointTrunk, trunkOptions } from '../blocks/trunk.js'

/** Options of {@link deepOnet}. */
const options = /* @__PURE__ */ defineOptions(() => ({ ...branchOptions, ...trunkOptions }))

/** Options of {@link deepOnet}. */
export type DeepOnetOptions = OptionsOf<typeof options>

/** Learned variables of a DeepONet. */
export type DeepOnetTrained = { readonly branch: BlockTrained; readonly trunk: BlockTrained; readonly bias: Tensor }

/** Fixed variables of a DeepONet. */
export type DeepOnetFixed = { readonly branch: BlockFixed; readonly trunk: BlockFixed; readonly output: OutputFixed }

/** Learned and fixed variables of a DeepONet. */
export type DeepOnetVariables = Variables<DeepOnetTrained, DeepOnetFixed>

/** A DeepONet. Its output is also affine in the readout of the trunk. */
export interface DeepOnet extends BranchNetwork<DeepOnetVariables>, TrunkNetwork<DeepOnetVariables> {}

/**
 * DeepONet (Lu, Jin, Pang, Zhang & Karniadakis, Nature Machine Intelligence 2021), of spiking or smooth blocks:
 *
 *     u(f)(x) = shift + scale · (Σ_k b_k(f(s₁), …, f(s_m)) t_k(x) + b₀)
 *
 * Branch and trunk are independent choices: { kind: 'spiking' | 'smooth' | 'modified', hidden, … }. With a smooth
 * trunk, forward mode gives exact derivatives in the coordinates for any branch. The branch runs once per function
 * (`encode`), the trunk once per point (`decode`), also on a grid; {@link sepOnet} is cheaper there.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH for coordinates with another number of axes
 * @example
 * const spiking = { kind: 'spiking', neuron: leakyIntegrateAndFire({ beta: 1 }), surrogate: atan(), time: 32 } as const
 * const network = deepOnet({ sensors: 50, axes: 1, features: 20, domain: [[0, 1]],
 *   branch: { ...spiking, hidden: [100] }, trunk: { ...spiking, hidden: [50] } })
 */
export const deepOnet = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'deepOnet',
    aliases: ['deeponet'],
    summary: 'branch of the sensor values, trunk of the coordinates, dot product',
    options,
    facts: {
      output: 'Σ_k b_k(f) t_k(x) + b₀; several outputs by `split-both`, `split-branch`, `split-trunk`',
      learns: 'operators',
      separable: false,
      modified: true,
    },
  },
  (read) =>
    (settings: DeepOnetOptions): DeepOnet =>
      build(read(settings)),
)

function build(filled: Filled<typeof options>): DeepOnet {
  const name = 'deeponet'
  checkDeepLayers(name, filled, [filled.branch, filled.trunk])
  const { axes, outputs, dtype } = filled
  const trunk = pointTrunk(name, filled)
  const branch = branchBlock(filled, trunk.branchWidth, dtype)
  const output = outputMaker(name, outputs, filled.output, dtype)
  return {
    name,
    axes,
    outputs,
    coordinates: trunk.block.coordinates,
    init(key) {
      const [branchKey, trunkKey] = key.split(2) as [Key, Key]
      const [b, t] = [branch.init(branchKey), trunk.block.init(trunkKey)]
      return {
        trained: { branch: b.trained, trunk: t.trained, bias: zeros([outputs], dtype) },
        fixed: { branch: b.fixed, trunk: t.fixed, output: output() },
      }
    },
    branchFeatures: (v, f) => branch.features(partOf(v, 'branch'), f),
    trunkFeatures: trunk.features,
    ...coded<DeepOnetVariables, Tensor>({
      encode: (v, f) => branch.apply(partOf(v, 'branch'), f),
      decode: trunk.decode,
    }),
  }
}
