import { cast, concatenate, matmul, mul, reshape, slice, take, transpose } from '@spikeward/core'
import type { FloatDType, OperatorTensors, Tensor, Tree, Variables } from '@spikeward/core'
import type { BlockTrained } from '../../blocks/block.js'
import type { TrunkNetwork } from '../../networks/branchNetwork.js'
import { accumulated, halvesOf } from '../affineSolver.js'
import { PARTS, addParts, rowsOfPart } from '../sharedReadout.js'
import type { ReadoutParts, ReadoutSettings } from './operatorReadoutSettings.js'
import { fieldSide, functionSide, trunkSystem } from './operatorSystem.js'

/** Learned variables of a network with a trunk. */
export type WithTrunk = { readonly trunk: BlockTrained; readonly [name: string]: Tree }

/**
 * A solve of the readout of the trunk of a network whose code z is not affine in one readout, such as a product of
 * branches, in parts. With Ψ̃ = m (Ψ, 1) and z̃ = α z it is
 *
 *     V = (Ψ̃ᵀΨ̃)⁻¹ Ψ̃ᵀ Yᵀ z̃ (z̃ᵀz̃)⁻¹,   Y = u − g
 *
 * @param precision of sums and solves
 */
export function trunkReadoutParts<P extends WithTrunk, F extends Tree>(
  network: TrunkNetwork<Variables<P, F>>,
  { lambda, passes, hard, amplitude }: ReadoutSettings,
  precision: FloatDType,
): ReadoutParts<P, F> {
  const around = { hard, amplitude }
  const wide = (x: Tensor): Tensor => cast(x, precision)
  return {
    parts: PARTS,
    dtype: precision,
    lengthOf(prepared) {
      const [, weighted, like] = prepared as readonly [Tensor, Tensor, Tensor]
      const p = like.shape[1]!
      return p * (p + weighted.shape[1]!)
    },
    prepare(variables, data) {
      const { weight } = variables.trained.trunk.readout
      const [p, dtype] = [weight.shape[1]!, weight.dtype as FloatDType]
      const { origin, factor } = fieldSide(network, variables, data, { hard }, { p, dtype })
      return [origin, wide(trunkSystem(network, variables, data, factor)), weight]
    },
    part(variables, data, index, prepared) {
      const [origin, weighted] = prepared as readonly [Tensor, Tensor]
      const { place, known } = rowsOfPart(data.f.shape[0]!, index, data.f.dtype as FloatDType)
      const some = { ...data, f: take(data.f, place), u: take(data.u, place) }
      const { phi, alpha, y } = functionSide((f) => network.encode(variables, f), some, around, origin)
      const code = wide(mul(phi, alpha === null ? known : mul(known, alpha)))
      const sums = [matmul(transpose(code), code), matmul(transpose(code), matmul(wide(y), weighted))]
      return concatenate(sums.map((x) => reshape(x, [-1])))
    },
    merge: addParts,
    finish(variables, { f }: OperatorTensors, sums, prepared) {
      const [, weighted] = prepared as readonly [Tensor, Tensor]
      const { trunk } = variables.trained
      const p = trunk.readout.weight.shape[1]!
      const [points, columns] = weighted.shape as [number, number]
      const gram = reshape(slice(sums, [0], [p * p]), [p, p])
      const product = reshape(slice(sums, [p * p], [p * (p + columns)]), [p, columns])
      const left = { gram: matmul(transpose(weighted), weighted), rows: points }
      const both = accumulated(left, { gram, rows: f.shape[0]! }, lambda, passes)(transpose(product))
      return { ...variables.trained, trunk: { ...trunk, readout: halvesOf(cast(both, trunk.readout.weight.dtype)) } }
    },
  }
}
