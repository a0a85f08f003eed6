import { coordsPoints, coordsShape, matmul, reshape, tensor, transpose, zeros } from '@spikeward/core'
import type { Coords, FloatDType, Key, OperatorNetwork, Tensor } from '@spikeward/core'
import type { Block, BlockFixed, BlockTrained } from './blocks/block.js'
import { makeBlock } from './blocks/makeBlock.js'
import type { BlockOptions } from './blocks/makeBlock.js'
import { checkCoords } from './coordinates.js'
import { dotOutputs, widthsOf } from './multiOutput.js'
import type { MultiOutput } from './multiOutput.js'
import { checkDomain, normaliser, toUnit } from './normalise.js'
import type { Domain, ShiftScale } from './normalise.js'
import { checkCounts, checkNames } from './options.js'
import { finish, outputFixed } from './outputs.js'
import type { OutputFixed, OutputScale } from './outputs.js'
import type { Variables } from './variables.js'

/** Options that every network with a branch has. */
export type BranchOptions = {
  /** Values that the branch is given of an input function: m. */
  readonly sensors: number
  readonly branch: BlockOptions
  /** Sensor values are brought to (f − shift)/scale first, see {@link standardiseSensors}. Default as they are. */
  readonly input?: ShiftScale
  /** Input functions [n, m], row-major: what a spiking branch centres its rates on. Default: its own choice. */
  readonly sample?: Float64Array
}

/** Options of {@link deepOnet}. */
export type DeepOnetOptions = BranchOptions & {
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

/** What a DeepONet learns. */
export type DeepOnetTrained = { readonly branch: BlockTrained; readonly trunk: BlockTrained; readonly bias: Tensor }

/** What its key and its options fixed. */
export type DeepOnetFixed = { readonly branch: BlockFixed; readonly trunk: BlockFixed; readonly output: OutputFixed }

/** Learned and fixed variables of a DeepONet. */
export type DeepOnetVariables = Variables<DeepOnetTrained, DeepOnetFixed>

/** A DeepONet, with what {@link solveOperatorReadout} needs to see of it. */
export interface DeepOnet extends OperatorNetwork<DeepOnetVariables, Tensor> {
  readonly features: number
  readonly multiOutput: MultiOutput
  /** Features of the branch [N, width], and of the trunk [P, width], before their readouts. */
  branchFeatures(variables: DeepOnetVariables, f: Tensor): Tensor
  trunkFeatures(variables: DeepOnetVariables, at: Coords): Tensor
}

/** The branch of a network: its block, and the way in. */
export function branchOf(
  options: BranchOptions,
  outputs: number,
  dtype: FloatDType,
): { readonly block: Block; readonly normalise: (f: Tensor) => Tensor; init(key: Key): ReturnType<Block['init']> } {
  const { sensors, branch, sample } = options
  const block = makeBlock(branch, { inputs: sensors, outputs, dtype })
  const normalise = normaliser(options.input)
  return {
    block,
    normalise,
    init: (key) =>
      sample === undefined
        ? block.init(key)
        : block.init(key, normalise(tensor(sample, { dtype, shape: [sample.length / sensors, sensors] }))),
  }
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
  const { sensors, axes, features, outputs = 1, multiOutput = 'split-both', dtype = 'f32' } = options
  checkNames(
    name,
    options,
    ['sensors', 'branch', 'input', 'sample', 'axes', 'trunk', 'features', 'outputs'].concat([
      'multiOutput',
      'domain',
      'output',
      'dtype',
    ]),
  )
  checkCounts(name, { sensors, axes, features, outputs })
  const widths = widthsOf(multiOutput, outputs, features)
  const branch = branchOf(options, widths.branch, dtype)
  const trunk = makeBlock(options.trunk, { inputs: axes, outputs: widths.trunk, dtype })
  const unit = checkDomain(name, axes, options.domain).map(toUnit)
  const place = normaliser({ shift: unit.map((u) => u.shift), scale: unit.map((u) => u.scale) })
  const branchPart = ({ trained, fixed }: DeepOnetVariables) => ({ trained: trained.branch, fixed: fixed.branch })
  const trunkPart = ({ trained, fixed }: DeepOnetVariables) => ({ trained: trained.trunk, fixed: fixed.trunk })

  const network: DeepOnet = {
    name,
    axes,
    outputs,
    features,
    multiOutput,
    coordinates: trunk.coordinates,
    satisfies: [],
    init(key) {
      const [branchKey, trunkKey] = key.split(2) as [Key, Key]
      const [b, t] = [branch.init(branchKey), trunk.init(trunkKey)]
      return {
        trained: { branch: b.trained, trunk: t.trained, bias: zeros([outputs], dtype) },
        fixed: { branch: b.fixed, trunk: t.fixed, output: outputFixed(name, outputs, options.output, dtype) },
      }
    },
    branchFeatures: (v, f) => branch.block.features(branchPart(v), branch.normalise(f)),
    trunkFeatures(v, at) {
      checkCoords(name, axes, at)
      return trunk.features(trunkPart(v), place(coordsPoints(at)))
    },
    encode: (v, f) => branch.block.apply(branchPart(v), branch.normalise(f)),
    decode(v, z, at) {
      checkCoords(name, axes, at)
      const t = trunk.apply(trunkPart(v), place(coordsPoints(at)))
      const y =
        outputs === 1
          ? reshape(matmul(z, transpose(t)), [z.shape[0]!, t.shape[0]!, 1])
          : dotOutputs(multiOutput, outputs, features, z, t)
      return finish(reshape(y, [z.shape[0]!, ...coordsShape(at), outputs]), v.trained.bias, v.fixed.output)
    },
    apply: (v, f, at) => network.decode(v, network.encode(v, f), at),
  }
  return network
}
