import { coordsPoints, coordsShape, reshape, tensor } from '@spikeward/core'
import type { FloatDType, OperatorNetwork, Tensor } from '@spikeward/core'
import type { BlockFixed, BlockTrained } from './blocks/block.js'
import { makeBlock } from './blocks/makeBlock.js'
import type { BlockOptions } from './blocks/makeBlock.js'
import { checkCoords } from './coordinates.js'
import { checkDomain, normaliser, toUnit } from './normalise.js'
import type { Domain } from './normalise.js'
import { checkCounts, checkNames } from './options.js'
import { finish, outputMaker } from './outputs.js'
import type { OutputFixed, OutputScale } from './outputs.js'
import { contractAxes } from './contraction.js'
import { axisTrunks } from './separable.js'
import { checkSeparable } from './sepOnet.js'
import type { Variables } from './variables.js'

/** Options of {@link pinn}. */
export type PinnOptions = {
  readonly axes: number
  /** Default 1. */
  readonly outputs?: number
  readonly block: BlockOptions
  /** [low, high] of each axis; coordinates are brought to [−1, 1] first. Default [−1, 1]. */
  readonly domain?: Domain
  /** Default shift 0 and scale 1. */
  readonly output?: OutputScale
  /** Default `f32`. */
  readonly dtype?: FloatDType
}

/** Variables of a {@link pinn}. */
export type PinnVariables = Variables<
  { readonly block: BlockTrained },
  { readonly block: BlockFixed; readonly output: OutputFixed }
>

/** Options of {@link separablePinn}. */
export type SeparablePinnOptions = Omit<PinnOptions, 'block'> & {
  /** Products of axis functions that are summed, for each output. */
  readonly rank: number
  /** The trunk of every axis, or one record for each. */
  readonly trunk: BlockOptions | readonly BlockOptions[]
}

/** Variables of a {@link separablePinn}. */
export type SeparablePinnVariables = Variables<
  { readonly trunks: readonly BlockTrained[] },
  { readonly trunks: readonly BlockFixed[]; readonly output: OutputFixed }
>

/** A network of the coordinates alone. */
export type CoordinateNetwork<P extends PinnVariables | SeparablePinnVariables> = OperatorNetwork<P, [], null>

/**
 * A network of the coordinates alone, u(x) = shift + scale · block(x): what a physics-informed network is (Raissi,
 * Perdikaris & Karniadakis, J. Comput. Phys. 2019). There is no input function: `encode(variables, null)` is empty, and
 * fields have N = 1.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example
 * const network = pinn({ axes: 1, block: { kind: 'smooth', hidden: [20, 20] } })
 * network.apply(network.init(key(0)), null, { kind: 'points', x: zeros([5, 1]) }) // [1, 5]
 */
export function pinn(options: PinnOptions): CoordinateNetwork<PinnVariables> {
  const name = 'pinn'
  const { axes, outputs = 1, dtype = 'f32' } = options
  checkNames(name, options, ['axes', 'outputs', 'block', 'domain', 'output', 'dtype'])
  checkCounts(name, { axes, outputs })
  const block = makeBlock(options.block, { inputs: axes, outputs, dtype })
  const unit = checkDomain(name, axes, options.domain).map(toUnit)
  const place = normaliser({ shift: unit.map((u) => u.shift), scale: unit.map((u) => u.scale) })
  const output = outputMaker(name, outputs, options.output, dtype)
  const network: CoordinateNetwork<PinnVariables> = {
    name,
    axes,
    outputs,
    coordinates: block.coordinates,
    satisfies: [],
    init(key) {
      const { trained, fixed } = block.init(key)
      return {
        trained: { block: trained },
        fixed: { block: fixed, output: output() },
      }
    },
    encode: () => [],
    decode({ trained, fixed }, _, at) {
      checkCoords(name, axes, at)
      const y = block.apply({ trained: trained.block, fixed: fixed.block }, place(coordsPoints(at)))
      return finish(reshape(y, [1, ...coordsShape(at), outputs]), zero(y), fixed.output)
    },
    apply: (v, f, at) => network.decode(v, network.encode(v, f), at),
  }
  return network
}

/**
 * A separable network of the coordinates alone (Cho et al., NeurIPS 2023), u(x) = shift + scale · Σ_r Π_a τᵃ_r(xₐ): on
 * a grid the block of axis a runs for its nₐ coordinates only.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example
 * const network = separablePinn({ axes: 2, rank: 20, trunk: { kind: 'smooth', hidden: [20, 20] } })
 */
export function separablePinn(options: SeparablePinnOptions): CoordinateNetwork<SeparablePinnVariables> {
  const name = 'separable-pinn'
  const { axes, rank, outputs = 1, dtype = 'f32' } = options
  checkNames(name, options, ['axes', 'outputs', 'rank', 'trunk', 'domain', 'output', 'dtype'])
  checkCounts(name, { axes, rank, outputs })
  checkSeparable(name, axes, options.trunk)
  const trunks = axisTrunks(name, axes, outputs * rank, options.trunk, options.domain, dtype)
  const output = outputMaker(name, outputs, options.output, dtype)
  const network: CoordinateNetwork<SeparablePinnVariables> = {
    name,
    axes,
    outputs,
    coordinates: trunks.coordinates,
    satisfies: [],
    init(key) {
      const { trained, fixed } = trunks.init(key)
      return {
        trained: { trunks: trained },
        fixed: { trunks: fixed, output: output() },
      }
    },
    encode: () => [],
    decode({ trained, fixed }, _, at) {
      checkCoords(name, axes, at)
      const tau = trunks
        .apply({ trained: trained.trunks, fixed: fixed.trunks }, at)
        .map((t) => reshape(t, [t.shape[0]!, outputs, rank, 1]))
      const one = tensor(new Array<number>(rank).fill(1), { dtype, shape: [1, 1, rank] })
      return finish(contractAxes(one, tau, at.kind), zero(one), fixed.output)
    },
    apply: (v, f, at) => network.decode(v, network.encode(v, f), at),
  }
  return network
}

const zero = (like: Tensor): Tensor => tensor(0, { dtype: like.dtype })
