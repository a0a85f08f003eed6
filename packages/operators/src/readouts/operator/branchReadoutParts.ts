import {
  add,
  arange,
  cast,
  concatenate,
  div,
  full,
  matmul,
  mean,
  mul,
  reshape,
  slice,
  sub,
  take,
  transpose,
} from '@spikeward/core'
import type { FloatDType, OperatorTensors, Tensor, Tree, Variables } from '@spikeward/core'
import { accumulated, halvesOf } from '../affineSolver.js'
import { PARTS, addParts, rowsOfPart } from '../sharedReadout.js'
import { type WithBranch, functionSide, pointSide } from './operatorSystem.js'
import type { ReadoutParts, ReadoutSettings } from './operatorReadoutSettings.js'
import type { BranchNetwork } from '../../networks/branchNetwork.js'
import type { DeepOnetVariables } from '../../networks/deepOnet.js'

/** The number of functions whose mean feature c is subtracted before sums are formed. */
const SAMPLE = 64

/**
 * A solve of the readouts of a network with one branch, in parts.
 *
 * @param precision of sums and solves: normal equations square the condition of a problem, so single precision loses
 *   much
 */
export function branchReadoutParts<P extends WithBranch, F extends Tree>(
  network: BranchNetwork<Variables<P, F>>,
  settings: ReadoutSettings,
  precision: FloatDType,
): ReadoutParts<P, F> {
  const { lambda, passes, hard, amplitude, trunk } = settings
  const around = { hard, amplitude }
  const wide = (x: Tensor): Tensor => cast(x, precision)
  const side = (variables: Variables<P, F>, data: OperatorTensors, origin: Tensor) =>
    functionSide((f) => network.branchFeatures(variables, f), data, around, origin)
  return {
    parts: PARTS,
    dtype: precision,
    lengthOf(prepared) {
      const [, centre, basis, weighted] = prepared as readonly [Tensor, Tensor, Tensor, Tensor?]
      const rows = centre.shape[1]! + 1
      return rows * (rows + basis.shape[1]! + (weighted?.shape[1] ?? 0))
    },
    prepare(variables, data) {
      const { origin, basis, weighted } = pointSide(network, variables, data, { hard, trunk })
      const sample = arange(Math.min(SAMPLE, data.f.shape[0]!), 'i32')
      const some = { ...data, f: take(data.f, sample), u: take(data.u, sample) }
      const centre = mean(side(variables, some, origin).phi, 0, { keepDims: true })
      return [origin, centre, wide(transpose(basis)), ...(weighted === null ? [] : [wide(weighted)])]
    },
    part(variables, data, index, prepared) {
      const [origin, centre, basis, weighted] = prepared as [Tensor, Tensor, Tensor, Tensor?]
      const { place, known } = rowsOfPart(data.f.shape[0]!, index, data.f.dtype as FloatDType)
      const some = { ...data, f: take(data.f, place), u: take(data.u, place) }
      const { phi, alpha, y } = side(variables, some, origin)
      const scale = alpha === null ? known : mul(known, alpha)
      const features = wide(mul(concatenate([sub(phi, centre), full([phi.shape[0]!, 1], 1, phi.dtype)], 1), scale))
      const columns = weighted === undefined ? basis : concatenate([basis, weighted], 1)
      const sums = [matmul(transpose(features), features), matmul(transpose(features), matmul(wide(y), columns))]
      return concatenate(sums.map((x) => reshape(x, [-1])))
    },
    merge: addParts,
    finish(variables, { f }, sums, prepared) {
      const [, narrow, basis, weighted] = prepared as [Tensor, Tensor, Tensor, Tensor?]
      const { fixed } = variables
      const { branch } = variables.trained
      const { dtype } = branch.readout.weight
      const centre = wide(narrow)
      const [functions, width] = [f.shape[0]!, centre.shape[1]!]
      const [points, p] = basis.shape as [number, number]
      const rows = width + 1
      const columns = p + (weighted?.shape[1] ?? 0)
      const gram = reshape(slice(sums, [0], [rows * rows]), [rows, rows])
      const product = reshape(slice(sums, [rows * rows], [rows * (rows + columns)]), [rows, columns])
      // The mean feature with weights α², minus c: relative to it, weights and bias are independent.
      const weight = add(slice(gram, [width, width], [rows, rows]), 1e-30)
      const shift = div(slice(gram, [width, 0], [rows, width]), weight)
      const level = slice(product, [width, 0], [rows, columns])
      const centred = sub(slice(gram, [0, 0], [width, width]), mul(weight, matmul(transpose(shift), shift)))
      const rest = sub(slice(product, [0, 0], [width, columns]), matmul(transpose(shift), level))

      const right = { gram: matmul(transpose(basis), basis), rows: points }
      const one = { gram: full([1, 1], 1, precision), rows: 1 }
      const w = accumulated({ gram: centred, rows: functions }, right, lambda, passes)(slice(rest, [0, 0], [width, p]))
      const constant = accumulated(one, right, lambda, passes)(div(slice(level, [0, 0], [1, p]), weight))
      const bias = sub(constant, matmul(add(shift, centre), w))
      const readout = { weight: cast(w, dtype), bias: cast(reshape(bias, [p]), dtype) }
      const trained: P = { ...variables.trained, branch: { ...branch, readout } }
      if (weighted === undefined) return trained

      // The code z = α ((φ − φ̄) W + constant); the two terms are orthogonal over the functions.
      const code = add(matmul(matmul(transpose(w), centred), w), mul(weight, matmul(transpose(constant), constant)))
      const ofTrunk = (x: Tensor): Tensor => transpose(slice(x, [0, p], [x.shape[0]!, columns]))
      const target = add(matmul(ofTrunk(rest), w), matmul(ofTrunk(level), constant))
      const left = { gram: matmul(transpose(weighted), weighted), rows: weighted.shape[0]! }
      const both = accumulated(left, { gram: code, rows: functions }, lambda, passes)(target)
      const known = { trained, fixed } as unknown as DeepOnetVariables
      const { trunk: old } = known.trained
      return { ...trained, trunk: { ...old, readout: halvesOf(cast(both, old.readout.weight.dtype)) } }
    },
  }
}
