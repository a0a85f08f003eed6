import { bind } from '../interpreters/currentInterpreter.js'
import type { Primitive } from '../program/program.js'
import { reshape } from '../primitives/reshape.js'
import { type ReduceParams, sumPrimitive } from '../primitives/broadcast.js'
import { reduceMaxPrimitive, reduceMinPrimitive } from '../primitives/reduceExtrema.js'
import { dot } from '../primitives/dot.js'
import { choleskyPrimitive, triangularSolve } from '../primitives/linalg.js'
import { SpikewardError } from '../errors.js'
import { printAval } from '../tensor/aval.js'
import type { DotParams } from '../program/params.js'
import type { Tensor } from '../tensor/tensor.js'
import { broadcastRight, broadcastShapes } from './broadcasting.js'
import { mul } from './elementwise.js'
import { axisOf } from './shape.js'

/** The axes to reduce: one, several, or (default) all. With `keepDims` they stay as axes of length 1. */
export type Axes = number | readonly number[] | undefined

function fold(p: Primitive<ReduceParams>, name: string, x: Tensor, axes: Axes, keepDims: boolean): Tensor {
  const all = axes === undefined ? x.shape.map((_, a) => a) : typeof axes === 'number' ? [axes] : axes
  const sorted = [...new Set(all.map((a) => axisOf(name, a, x.ndim)))].sort((a, b) => a - b)
  const y = sorted.length === 0 ? x : bind(p, [x], { axes: sorted })[0]!
  return keepDims
    ? reshape(
        y,
        x.shape.map((d, a) => (sorted.includes(a) ? 1 : d)),
      )
    : y
}

/** Σ x over axes. */
export const sum = (x: Tensor, axes?: Axes, { keepDims = false } = {}): Tensor =>
  fold(sumPrimitive, 'sum', x, axes, keepDims)
/** Largest element over axes. */
export const max = (x: Tensor, axes?: Axes, { keepDims = false } = {}): Tensor =>
  fold(reduceMaxPrimitive, 'max', x, axes, keepDims)
/** Smallest element over axes. */
export const min = (x: Tensor, axes?: Axes, { keepDims = false } = {}): Tensor =>
  fold(reduceMinPrimitive, 'min', x, axes, keepDims)
/** Mean over axes. */
export function mean(x: Tensor, axes?: Axes, options: { keepDims?: boolean } = {}): Tensor {
  const total = sum(x, axes, options)
  return mul(total, total.size / x.size)
}

/** Product over arbitrary axes; see DotParams. */
export const dotGeneral = (a: Tensor, b: Tensor, p: DotParams): Tensor => dot(a, b, p)

/** Matrix product by NumPy's rules: vectors, matrices, and stacks of matrices whose leading axes broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (a.ndim === 0 || b.ndim === 0 || a.shape[a.ndim - 1] !== b.shape[Math.max(0, b.ndim - 2)]) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `matmul: ${printAval(a.aval)} and ${printAval(b.aval)} do not fit; the last axis of the first must equal the second-to-last axis of the second`,
    )
  }
  if (b.ndim <= 2) return dot(a, b, { contract: [[a.ndim - 1], [Math.max(0, b.ndim - 2)]], batch: [[], []] })
  if (a.ndim === 1) {
    return dot(a, b, { contract: [[0], [b.ndim - 2]], batch: [[], []] })
  }
  const lead = broadcastShapes('matmul', [a.shape.slice(0, -2), b.shape.slice(0, -2)])
  const left = broadcastRight('matmul', a, [...lead, ...a.shape.slice(-2)])
  const right = broadcastRight('matmul', b, [...lead, ...b.shape.slice(-2)])
  const axes = lead.map((_, i) => i)
  return dot(left, right, { contract: [[left.ndim - 1], [right.ndim - 2]], batch: [axes, axes] })
}

/** a bᵀ of two vectors. */
export const outer = (a: Tensor, b: Tensor): Tensor => dot(a, b, { contract: [[], []], batch: [[], []] })

/** Σ a b over all elements. */
export const vdot = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b))

/** Lower Cholesky factor of [..., n, n]; NaN if the matrix is not positive definite. */
export const cholesky = (a: Tensor): Tensor => bind(choleskyPrimitive, [a], null)[0]!

/** X with L X = B, or Lᵀ X = B; L lower triangular [..., n, n], B [..., n, m]. */
export const solveTriangular = (l: Tensor, b: Tensor, { transposed = false } = {}): Tensor =>
  triangularSolve(l, b, transposed)

/** X with A X = B for symmetric positive definite A, by Cholesky. */
export function solveSpd(a: Tensor, b: Tensor): Tensor {
  const l = cholesky(a)
  return triangularSolve(l, triangularSolve(l, b, false), true)
}
