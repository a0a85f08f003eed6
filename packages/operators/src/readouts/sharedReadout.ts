import {
  add,
  arange,
  cast,
  concatenate,
  div,
  expandDims,
  less,
  matmul,
  minimum,
  mul,
  reshape,
  slice,
  solveSpd,
  sub,
  sum,
  take,
  transpose,
} from '@spikeward/core'
import type { FloatDType, Tensor, Variables } from '@spikeward/core'
import type { FeatureNetwork, WithCentre, WithReadout } from '../shared/networkOptions.js'

/** A solve of readouts in parts, for `shared` of a callback of `fit`. */
export type SharedReadout<V, P, D = { readonly x: Tensor; readonly y: Tensor }> = {
  readonly parts: number
  /** The element type of the merged sums; absent: that of the variables. */
  readonly dtype?: FloatDType
  /** Tensors that `part` and `finish` read, computed once by every process. */
  prepare(variables: V, data: D): readonly Tensor[]
  /** Sums over the part of the data with this index, on the device. */
  part(variables: V, data: D, index: Tensor, prepared: readonly Tensor[]): Tensor
  /** The sums of all parts, on the host, added in the order of the parts. */
  merge(sums: readonly Float64Array[]): Float64Array
  /** The learned variables with the solved readouts. */
  finish(variables: V, data: D, merged: Tensor, prepared: readonly Tensor[]): P
}

/**
 * {@link solveReadout} in parts that are distributed over several processes. The features of each part of the points,
 * whose simulation over time is the costly step, are reduced to sums (n, Σφ, Σy, Σφφᵀ, Σφyᵀ with φ = r − c). The sums
 * are added in the order of the parts, and every process solves the equations.
 *
 *     C = Σφφᵀ/n − φ̄φ̄ᵀ,   W = (C + λ tr(C)/width · I)⁻¹ (Σφyᵀ/n − φ̄ȳᵀ),   b = ȳ − φ̄W
 *
 * The result differs from that of `solveReadout` by rounding only, and is the same for any number of processes.
 *
 * @param network a network whose outputs are a linear readout of its features
 * @param penalty `lambda`, relative to the mean variance of a feature, and the number of `outputs` of the network
 */
export function sharedReadout<P extends WithReadout, F extends WithCentre>(
  network: FeatureNetwork<Variables<P, F>>,
  penalty: { readonly lambda: number; readonly outputs: number },
): SharedReadout<Variables<P, F>, P> {
  const { lambda, outputs } = penalty
  return {
    parts: PARTS,
    prepare: () => [],
    part(variables, { x, y }, index) {
      const { centre, output } = variables.fixed
      const count = x.shape[0]!
      const { place, known } = rowsOfPart(count, index, x.dtype as FloatDType)
      const phi = mul(sub(network.features(variables, take(x, place)), centre), known)
      const target = mul(div(sub(take(y, place), output.shift), output.scale), known)
      const both = concatenate([phi, target], 1)
      return concatenate([reshape(sum(known), [1]), sum(both, 0), reshape(matmul(transpose(phi), both), [-1])])
    },
    merge(sums) {
      const total = addParts(sums)
      // 1 + (w + o) + w (w + o) numbers.
      const [n, length] = [total[0]!, total.length]
      const width = Math.round((Math.sqrt((outputs + 1) ** 2 + 4 * (length - 1 - outputs)) - (outputs + 1)) / 2)
      const columns = width + outputs
      const means = total.subarray(1, 1 + columns).map((v) => v / n)
      const products = total.subarray(1 + columns).map((v, i) => {
        const [row, column] = [Math.floor(i / columns), i % columns]
        return v / n - means[row]! * means[column]!
      })
      const trace = Array.from({ length: width }, (_, i) => products[i * columns + i]!).reduce((a, b) => a + b, 0)
      for (let i = 0; i < width; i++) products[i * columns + i]! += (lambda * trace) / width + 1e-12
      return Float64Array.from([...means, ...products])
    },
    finish(variables, _, equations) {
      const width = variables.trained.readout.weight.shape[0]!
      const columns = width + outputs
      const means = reshape(slice(equations, [0], [columns]), [1, columns])
      const products = reshape(slice(equations, [columns], [columns + width * columns]), [width, columns])
      const weight = solveSpd(slice(products, [0, 0], [width, width]), slice(products, [0, width], [width, columns]))
      const level = slice(means, [0, width], [1, columns])
      const bias = reshape(sub(level, matmul(slice(means, [0, 0], [1, width]), weight)), [outputs])
      return { ...variables.trained, readout: { weight, bias } }
    },
  }
}

/** The number of parts of the rows: fixed, so that the result is the same to the bit for any number of processes. */
export const PARTS = 8

/**
 * The rows of part `index` of `count`: `place` holds their indices, and `known` [rows, 1] is zero for rows that the
 * last part lacks.
 */
export function rowsOfPart(count: number, index: Tensor, dtype: FloatDType): { place: Tensor; known: Tensor } {
  const rows = Math.ceil(count / PARTS)
  const at = add(mul(cast(index, 'i32'), rows), arange(rows, 'i32'))
  return { place: minimum(at, count - 1), known: expandDims(cast(less(at, count), dtype), 1) }
}

/** The sums of all parts, added in their order in double precision. */
export function addParts(parts: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(parts[0]!.length)
  for (const part of parts) for (let i = 0; i < total.length; i++) total[i]! += part[i]!
  return total
}
