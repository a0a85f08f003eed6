import { type Aval, aval, printAval } from '../tensor/aval.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { SpikewardError } from '../errors.js'
import type { Primitive } from '../program/program.js'
import { isZero } from '../program/tangent.js'
import type { Tensor } from '../tensor/tensor.js'
import { scaleBy, sub } from './pointwise/arithmetic.js'
import { withBatchAxis } from './broadcast.js'
import { dot } from './dot.js'
import { iotaOf } from './iota.js'
import { eq, lt } from './pointwise/logic.js'
import { select } from './pointwise/select.js'
import { floatDType, literal } from './pointwise/pointwise.js'
import { permute } from './views.js'

const rows = (x: Aval): number => x.shape[x.shape.length - 1]!
const count = (x: Aval): number => x.shape.slice(0, -2).reduce((n, d) => n * d, 1)

function square(name: string, x: Aval): void {
  const [m, n] = x.shape.slice(-2)
  if (x.shape.length < 2 || m !== n)
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `${name} of ${printAval(x)}: this needs square matrices; give a tensor of shape [..., n, n]`,
    )
}

/** Swaps the last two axes. */
const swap = (x: Tensor): Tensor => permute(x, [...x.shape.map((_, a) => a).slice(0, -2), x.ndim - 1, x.ndim - 2])

/** Matrix product over the last two axes; the others are batch axes. */
function product(a: Tensor, b: Tensor): Tensor {
  const lead = a.shape.slice(0, -2).map((_, i) => i)
  return dot(a, b, { contract: [[a.ndim - 1], [b.ndim - 2]], batch: [lead, lead] })
}

/** Lower triangle with the diagonal halved: Φ of the Cholesky derivative. */
function halved(x: Tensor): Tensor {
  const lead = x.ndim - 2
  const i = iotaOf(x.shape, 'i32', [...new Array<number>(lead).fill(0), 1, 0])
  const j = iotaOf(x.shape, 'i32', [...new Array<number>(lead).fill(0), 0, 1])
  return select(eq(i, j), scaleBy(x, 0.5), select(lt(j, i), x, literal(x, 0)))
}

/** L with A = L Lᵀ; L̇ = L Φ(L⁻¹ Ȧ L⁻ᵀ) (Murray 2016, 1602.07527). Not positive definite: NaN. */
export const choleskyPrimitive: Primitive<null> = {
  name: 'cholesky',
  shape([a]) {
    square('cholesky', a!)
    return [aval(a!.shape, floatDType('cholesky', [a!]), false)]
  },
  jvp([a], [da]) {
    const l = cholesky(a!)
    const half = triangularSolve(l, da as Tensor, false)
    return [[l], [product(l, halved(triangularSolve(l, swap(half), false)))]]
  },
  series: 'derived',
  transpose: 'nonlinear',
  batch: (_size, [a]) => [[cholesky(a!)], [0]],
  lower: {
    kind: 'routine',
    make: ([a]) => ({ kind: 'cholesky', dtype: a!.dtype as 'f32' | 'f64', batch: count(a!), n: rows(a!) }),
  },
}

/** Parameters: whether the system's matrix is L or Lᵀ. */
export interface TriangularSolveParams {
  readonly transposed: boolean
}

/** X with L X = B (or Lᵀ X = B), L lower triangular. Linear in B; Ẋ = L⁻¹(Ḃ − L̇ X). */
export const triangularSolvePrimitive: Primitive<TriangularSolveParams> = {
  name: 'triangularSolve',
  shape([l, b]) {
    square('solveTriangular', l!)
    if (b!.shape.length !== l!.shape.length || b!.shape[b!.shape.length - 2] !== rows(l!)) {
      throw new SpikewardError(
        'SHAPE_MISMATCH',
        `solveTriangular: ${printAval(l!)} and ${printAval(b!)} do not fit; the right side is [..., n, m]`,
      )
    }
    return [aval(b!.shape, floatDType('solveTriangular', [l!, b!]), false)]
  },
  jvp([l, b], [dl, db], { transposed }) {
    const x = triangularSolve(l!, b!, transposed)
    const moved = isZero(dl!) ? null : product(transposed ? swap(dl!) : dl!, x)
    const right = moved === null ? (db as Tensor) : isZero(db!) ? scaleBy(moved, -1) : sub(db!, moved)
    return [[x], [triangularSolve(l!, right, transposed)]]
  },
  series: 'derived',
  transpose([ct], [l, b], { transposed }) {
    if ('known' in b!) return [null, null]
    return [
      null,
      isZero(ct!) ? { zero: b!.linear } : triangularSolve((l as { readonly known: Tensor }).known, ct!, !transposed),
    ]
  },
  batch(size, x, dims, p) {
    const all = x.map((t, i) => withBatchAxis(t, dims[i]!, size))
    return [bind(triangularSolvePrimitive, all, p), [0]]
  },
  lower: {
    kind: 'routine',
    make: ([l, b], _outs, { transposed }) => ({
      kind: 'triangularSolve',
      dtype: l!.dtype as 'f32' | 'f64',
      batch: count(l!),
      n: rows(l!),
      m: rows(b!),
      transposed,
    }),
  },
}

/** The primitives as functions. */
export const cholesky = (a: Tensor): Tensor => bind(choleskyPrimitive, [a], null)[0]!
export const triangularSolve = (l: Tensor, b: Tensor, transposed: boolean): Tensor =>
  bind(triangularSolvePrimitive, [l, b], { transposed })[0]!
