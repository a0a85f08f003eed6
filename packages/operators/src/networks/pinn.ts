import { coordsPoints, coordsShape, reshape } from '@spikeward/core'
import type { FloatDType, OperatorNetwork, Tree } from '@spikeward/core'
import type { BlockFixed, BlockTrained } from '../blocks/block.js'
import { makeBlock } from '../blocks/makeBlock.js'
import type { BlockOptions } from '../blocks/makeBlock.js'
import { checkCoords } from '../shared/checkCoords.js'
import { columnNormaliser } from '../shared/columnNormaliser.js'
import { checkDomain, toUnit } from '../shared/domain.js'
import type { Domain } from '../shared/domain.js'
import { checkCounts, checkNames } from '../shared/checkOptions.js'
import { finish, outputMaker } from '../shared/outputScale.js'
import type { OutputFixed, OutputScale } from '../shared/outputScale.js'
import type { Variables } from '../shared/variables.js'

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

/** A network of the coordinates alone: it takes no input function. */
export type CoordinateNetwork<P extends Tree> = OperatorNetwork<P, [], null>

/**
 * A physics-informed neural network (Raissi, Perdikaris & Karniadakis, J. Comput. Phys. 2019): a network of the
 * coordinates alone, u(x) = shift + scale · block(x). It takes no input function: `encode(variables, null)` returns an
 * empty code, and fields have N = 1.
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
  const place = columnNormaliser({ shift: unit.map((u) => u.shift), scale: unit.map((u) => u.scale) })
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
      return finish(reshape(y, [1, ...coordsShape(at), outputs]), 0, fixed.output)
    },
    apply: (v, f, at) => network.decode(v, network.encode(v, f), at),
  }
  return network
}
