import { type Aval, aval, printAval, sizeOf } from '../tensor/aval.js'
import type { FloatDType } from '../tensor/dtype.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { SpikewardError } from '../errors.js'
import type { Dim, Primitive } from '../program/program.js'
import { isZero } from '../program/tangent.js'
import type { Tensor } from '../tensor/tensor.js'
import { reshape } from './reshape.js'
import { withBatchAxis } from './broadcast.js'
import { add, div, maxPrimitive, minPrimitive, mul } from './pointwise/arithmetic.js'
import { cast } from './pointwise/cast.js'
import { eq } from './pointwise/logic.js'
import { iotaOf } from './iota.js'
import { literal, zeroOf } from './pointwise/pointwise.js'
import { moveAxis } from './views.js'

/**
 * y[i, …] = x[index[i], …] with a vector of indices, clamped into range. Linear in x; its transpose is a scatterAdd.
 */
export const gatherPrimitive: Primitive<null> = {
  name: 'gather',
  shape([x, index]) {
    if (index!.shape.length !== 1 || (index!.dtype !== 'i32' && index!.dtype !== 'u32') || x!.shape.length === 0) {
      throw new SpikewardError(
        'SHAPE_MISMATCH',
        `take: ${printAval(x!)} by ${printAval(index!)}; needs rows and a vector of i32 or u32 indices`,
      )
    }
    return [aval([index!.shape[0]!, ...x!.shape.slice(1)], x!.dtype, x!.binary)]
  },
  jvp([x, index], [dx]) {
    const y = gather(x!, index!)
    return [[y], [isZero(dx!) ? { zero: y.aval } : gather(dx!, index!)]]
  },
  series: 'linear',
  transpose([ct], [x, index]) {
    if ('known' in x!) return [null, null]
    if (isZero(ct!)) return [{ zero: x!.linear }, null]
    return [scatterAdd(ct!, (index as { readonly known: Tensor }).known, x!.linear.shape[0]!), null]
  },
  batch(size, [x, index], [dx, di]) {
    if (di === null) return [[moveAxis(gather(moveAxis(x!, 0, 1), index!), 1, 0)], [0]]
    const count = index!.shape[1]!
    if (dx === null)
      return [[reshape(gather(x!, reshape(index!, [size * count])), [size, count, ...x!.shape.slice(1)])], [0]]
    const rows = x!.shape[1]!
    const flat = gather(reshape(x!, [size * rows, ...x!.shape.slice(2)]), offsetRows(index!, rows))
    return [[reshape(flat, [size, count, ...x!.shape.slice(2)])], [0]]
  },
  lower: {
    kind: 'routine',
    make: ([x, index]) => ({
      kind: 'gather',
      dtype: x!.dtype,
      index: index!.dtype as 'i32' | 'u32',
      rows: x!.shape[0]!,
      width: sizeOf(x!.shape.slice(1)),
      count: index!.shape[0]!,
    }),
  },
}

/** Parameters of scatterAdd: the number of rows of the result. */
export interface ScatterParams {
  readonly rows: number
}

/** y = 0, then y[index[i], …] += x[i, …]. Linear in x; its transpose is a gather. */
export const scatterAddPrimitive: Primitive<ScatterParams> = {
  name: 'scatterAdd',
  shape: ([x], { rows }) => [aval([rows, ...x!.shape.slice(1)], x!.dtype, false)],
  jvp([x, index], [dx], p) {
    const y = scatterAdd(x!, index!, p.rows)
    return [[y], [isZero(dx!) ? { zero: y.aval } : scatterAdd(dx!, index!, p.rows)]]
  },
  series: 'linear',
  transpose([ct], [x, index]) {
    if ('known' in x!) return [null, null]
    return [isZero(ct!) ? { zero: x!.linear } : gather(ct!, (index as { readonly known: Tensor }).known), null]
  },
  batch: (size, [x, index], dims, { rows }) => batchScatter(scatterAdd, size, x!, index!, dims, rows),
  lower: {
    kind: 'routine',
    make: ([x, index], _outs, { rows }) => ({ kind: 'scatterAdd', ...scatterFields(x!, index!, rows) }),
  },
}

/**
 * y[s, …] = the largest x[i, …] over i with index[i] = s; 0 if there is none. Its tangent is the mean of the tangents
 * of the elements that attain it:
 *
 *     ẏ[s] = Σᵢ mᵢ ẋ[i] / Σᵢ mᵢ   with mᵢ = [x[i] = y[s]], over i with index[i] = s
 */
export const scatterMaxPrimitive: Primitive<ScatterParams> = {
  name: 'scatterMax',
  shape: ([x], { rows }) => [aval([rows, ...x!.shape.slice(1)], x!.dtype, x!.binary)],
  jvp([x, index], [dx], { rows }) {
    const y = scatterMax(x!, index!, rows)
    if (dx === undefined || isZero(dx)) return [[y], [zeroOf(y)]]
    const attained = cast(eq(x!, gather(y, index!)), x!.dtype)
    const count = scatterAdd(attained, index!, rows)
    const among = bind(maxPrimitive, [count, literal(count, 1)], null)[0]!
    return [[y], [div(scatterAdd(mul(attained, dx), index!, rows), among)]]
  },
  series: 'derived',
  transpose: 'nonlinear',
  batch: (size, [x, index], dims, { rows }) => batchScatter(scatterMax, size, x!, index!, dims, rows),
  lower: {
    kind: 'routine',
    make: ([x, index], _outs, { rows }) => ({ kind: 'scatterMax', ...scatterFields(x!, index!, rows) }),
  },
}

type Scatter = (x: Tensor, index: Tensor, rows: number) => Tensor

/** A scatter over a batch: of shared indices as wider rows, of others into one table for each element of the batch. */
function batchScatter(
  scatter: Scatter,
  size: number,
  x: Tensor,
  index: Tensor,
  [dx, di]: readonly Dim[],
  rows: number,
): [Tensor[], Dim[]] {
  if (di === null) return [[moveAxis(scatter(moveAxis(x, 0, 1), index, rows), 1, 0)], [0]]
  const count = index.shape[1]!
  const all = withBatchAxis(x, dx!, size)
  const flat = scatter(reshape(all, [size * count, ...all.shape.slice(2)]), offsetRows(index, rows), size * rows)
  return [[reshape(flat, [size, rows, ...all.shape.slice(2)])], [0]]
}

const scatterFields = (x: Aval, index: Aval, rows: number) => ({
  dtype: x.dtype as FloatDType,
  index: index.dtype as 'i32' | 'u32',
  rows,
  width: sizeOf(x.shape.slice(1)),
  count: index.shape[0]!,
})

/** Indices [size, count] into separate tables as indices into their concatenation. */
function offsetRows(index: Tensor, rows: number): Tensor {
  const [size, count] = index.shape as [number, number]
  const table = iotaOf([size, count], index.dtype, [1, 0])
  const inside = bind(
    maxPrimitive,
    [bind(minPrimitive, [index, literal(index, rows - 1)], null)[0]!, literal(index, 0)],
    null,
  )[0]!
  return reshape(add(inside, mul(table, literal(table, rows))), [size * count])
}

/** The primitives as functions. */
export const gather = (x: Tensor, index: Tensor): Tensor => bind(gatherPrimitive, [x, index], null)[0]!
export const scatterAdd = (x: Tensor, index: Tensor, rows: number): Tensor =>
  bind(scatterAddPrimitive, [x, index], { rows })[0]!
export const scatterMax = (x: Tensor, index: Tensor, rows: number): Tensor =>
  bind(scatterMaxPrimitive, [x, index], { rows })[0]!
