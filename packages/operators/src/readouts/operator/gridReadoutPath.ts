import {
  add,
  arange,
  cast,
  concatenate,
  div,
  full,
  matmul,
  mul,
  reshape,
  scan,
  slice,
  solveSpd,
  sub,
  take,
  transpose,
  zeros,
} from '@spikeward/core'
import type { FloatDType, OperatorTensors, Tensor, Tree } from '@spikeward/core'
import type { GridNetwork, GridParams, GridVariables } from '../../grids/gridOperator.js'
import type { Amplitude } from '../../wrappers/amplitude.js'
import { regularised } from '../affineSolver.js'

/**
 * The last affine map of a network on a grid by ridge regression on the features φ of every point of every function,
 * for each of several penalties. Within an amplitude α it is weighted by α²:
 *
 *     W = (C + λ tr(C)/width · I)⁻¹ (⟨φ yᵀ⟩ − φ̄ ȳᵀ),   b = ȳ − φ̄ W,   y = (u/α − shift)/scale
 *
 * with C the covariance of φ. The features are computed for one function at a time, and their sums once for all
 * penalties.
 *
 * @param lambdas the penalties λ
 * @returns a pure, traceable function; its result has the learned variables of each penalty, in their order
 */
export const gridReadoutPath =
  <P extends GridParams>(network: GridNetwork<P>, amplitude: Amplitude | undefined, lambdas: readonly number[]) =>
  (variables: GridVariables<P>, { f, u }: OperatorTensors, precision: FloatDType = 'f64'): readonly P[] => {
    const { trained, fixed } = variables
    const [width, outputs] = trained.out.weight.shape as [number, number]
    const { dtype } = trained.out.weight
    const { shift, scale } = fixed.output
    const [rows, columns] = [width + 1, width + 1 + outputs]
    const ofFunction = (index: Tensor): Tensor => {
      const at = reshape(index, [1])
      const one = take(f, at)
      const [alpha, values] = amplitude === undefined ? [1, one] : [amplitude.of(one), amplitude.divide(one)]
      const features = reshape(network.pointFeatures(variables, values), [-1, width])
      const phi = mul(concatenate([features, full([features.shape[0]!, 1], 1, dtype)], 1), alpha)
      const y = div(sub(reshape(take(u, at), [-1, outputs]), mul(shift, alpha)), scale)
      return matmul(transpose(cast(phi, precision)), cast(concatenate([phi, y], 1), precision))
    }
    const more = (sums: Tensor, index: Tensor): [Tensor, Tree] => [add(sums, ofFunction(index)), []]
    const [sums] = scan(more, zeros([rows, columns], precision), arange(f.shape[0]!, 'i32'))
    const means = div(sums, slice(sums, [width, width], [rows, rows]))
    const level = slice(means, [width, 0], [rows, columns])
    const [centre, middle] = [slice(level, [0, 0], [1, width]), slice(level, [0, rows], [1, columns])]
    const covariance = sub(slice(means, [0, 0], [width, width]), matmul(transpose(centre), centre))
    const product = sub(slice(means, [0, rows], [width, columns]), matmul(transpose(centre), middle))
    return lambdas.map((lambda) => {
      const weight = solveSpd(regularised(covariance, lambda), product)
      const bias = reshape(sub(middle, matmul(centre, weight)), [outputs])
      return { ...trained, out: { weight: cast(weight, dtype), bias: cast(bias, dtype) } }
    })
  }
