import { zeros } from '@spikeward/core'
import type { Coords, Key, Tensor } from '@spikeward/core'
import type { BlockFixed, BlockTrained } from '../blocks/block.js'
import { branchSide, encoderOf } from '../sides/branchSide.js'
import type { BranchOptions } from '../sides/branchSide.js'
import type { BranchNetwork } from './branchNetwork.js'
import { checkNames } from '../shared/checkOptions.js'
import { outputMaker } from '../shared/outputScale.js'
import type { OutputFixed } from '../shared/outputScale.js'
import { trunkSide } from '../sides/trunkSide.js'
import type { TrunkOptions } from '../sides/trunkSide.js'
import type { Variables } from '../shared/variables.js'

/** Options of {@link deepOnet}. */
export type DeepOnetOptions = BranchOptions & TrunkOptions

/** What a DeepONet learns. */
export type DeepOnetTrained = { readonly branch: BlockTrained; readonly trunk: BlockTrained; readonly bias: Tensor }

/** What its key and its options fixed. */
export type DeepOnetFixed = { readonly branch: BlockFixed; readonly trunk: BlockFixed; readonly output: OutputFixed }

/** Learned and fixed variables of a DeepONet. */
export type DeepOnetVariables = Variables<DeepOnetTrained, DeepOnetFixed>

/** A DeepONet; its output is affine in the trunk's readout as well. */
export interface DeepOnet extends BranchNetwork<DeepOnetVariables> {
  /** Features of the trunk [P, width], before its readout. */
  trunkFeatures(variables: DeepOnetVariables, at: Coords): Tensor
}

/**
 * DeepONet (Lu, Jin, Pang, Zhang & Karniadakis, Nature Machine Intelligence 2021), of spiking or smooth blocks:
 *
 *     u(f)(x) = shift + scale · (Σ_k b_k(f(s₁), …, f(s_m)) t_k(x) + b₀)
 *
 * Branch and trunk are chosen one by one: { kind: 'spiking' | 'smooth' | 'modified', hidden, … }. With a smooth trunk the
 * derivatives in the coordinates are exact in forward mode whatever the branch is. The branch runs once a function
 * (`encode`), the trunk once a point (`decode`); on a grid the trunk runs for every point of it, unlike {@link sepOnet}.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; SHAPE_MISMATCH for coordinates of another number of axes
 * @example
 * const spiking = { kind: 'spiking', neuron: leakyIntegrateAndFire({ beta: 1 }), surrogate: atan(), time: 32 } as const
 * const network = deepOnet({ sensors: 50, axes: 1, features: 20, domain: [[0, 1]],
 *   branch: { ...spiking, hidden: [100] }, trunk: { ...spiking, hidden: [50] } })
 */
export function deepOnet(options: DeepOnetOptions): DeepOnet {
  const name = 'deeponet'
  checkNames(
    name,
    options,
    'sensors branch input sample axes trunk features outputs multiOutput domain output dtype'.split(' '),
  )
  const trunk = trunkSide(name, options)
  const { outputs, dtype } = trunk
  const branch = branchSide(name, options, trunk.branchWidth, dtype)
  const output = outputMaker(name, outputs, options.output, dtype)
  const branchPart = ({ trained, fixed }: DeepOnetVariables) => ({ trained: trained.branch, fixed: fixed.branch })

  const network: DeepOnet = {
    name,
    axes: options.axes,
    outputs,
    coordinates: trunk.block.coordinates,
    satisfies: [],
    init(key) {
      const [branchKey, trunkKey] = key.split(2) as [Key, Key]
      const [b, t] = [branch.init(branchKey), trunk.block.init(trunkKey)]
      return {
        trained: { branch: b.trained, trunk: t.trained, bias: zeros([outputs], dtype) },
        fixed: { branch: b.fixed, trunk: t.fixed, output: output() },
      }
    },
    branchFeatures: (v, f) => branch.features(branchPart(v), f),
    trunkFeatures: trunk.features,
    encode: (v, f) => branch.apply(branchPart(v), f),
    decode: trunk.decode,
    apply: (v, f, at) => network.decode(v, network.encode(v, f), at),
    ...encoderOf(branch, branchPart, trunk.cotangent),
    ...trunk.shown,
  }
  return network
}
