import { evaluateScalar } from '../reference/scalar.js'
import { type DType, isFloat } from '../tensor/dtype.js'
import type { Expr, KernelBuilder } from '../program/program.js'
import type { AffineForm, PointwiseOp, RematerialisedRef, Ref } from '../graph/graph.js'
import { type BinaryOp, isComparison, operations, type ScalarOp, type UnaryOp } from '../plan/operations.js'

/**
 * A node under construction: a kernel's node, but with whole affine forms of the coordinates in place of single
 * indices.
 */
export type DraftNode =
  | { readonly op: 'const'; readonly dtype: DType; readonly value: number }
  | { readonly op: 'load'; readonly dtype: DType; readonly operand: number }
  | { readonly op: 'linear'; readonly dtype: DType; readonly form: AffineForm }
  | { readonly op: 'carry' | 'final'; readonly dtype: DType; readonly carry: number }
  | { readonly op: ScalarOp; readonly dtype: DType; readonly args: readonly number[] }

/** Nodes of a kernel under construction, in evaluation order; equal nodes are shared and constants folded. */
export interface Draft {
  readonly nodes: DraftNode[]
  readonly push: (node: DraftNode) => Expr
  readonly constant: (dtype: DType, value: number) => Expr
  /** An affine form of the coordinates as a value of `dtype`. */
  readonly linear: (dtype: DType, form: AffineForm) => Expr
  readonly unary: (op: UnaryOp, dtype: DType, x: Expr) => Expr
  readonly binary: (op: BinaryOp, dtype: DType, x: Expr, y: Expr) => Expr
  readonly select: (dtype: DType, condition: Expr, x: Expr, y: Expr) => Expr
}

const keyOf = (n: DraftNode): string => {
  switch (n.op) {
    case 'const':
      return `c ${n.dtype} ${Object.is(n.value, -0) ? '-0' : n.value}`
    case 'load':
      return `l ${n.operand}`
    case 'linear':
      return `i ${n.dtype} ${n.form.offset} ${n.form.steps.join()}`
    case 'carry':
    case 'final':
      return `${n.op} ${n.carry}`
    default:
      return `${n.op} ${n.dtype} ${n.args.join()}`
  }
}

/** Makes an empty draft. */
export function makeDraft(): Draft {
  const nodes: DraftNode[] = []
  const expressions = new Map<string, Expr>()
  const push = (node: DraftNode): Expr => {
    const key = keyOf(node)
    const old = expressions.get(key)
    if (old !== undefined) return old
    nodes.push(node)
    expressions.set(key, nodes.length - 1)
    return nodes.length - 1
  }
  const constant = (dtype: DType, value: number): Expr => push({ op: 'const', dtype, value: foldCast(dtype, value) })
  const valueOf = (x: Expr): number | null => {
    const n = nodes[x]!
    return n.op === 'const' ? n.value : null
  }
  const linear = (dtype: DType, form: AffineForm): Expr => {
    if (form.steps.every((s) => s === 0)) return constant(dtype, form.offset)
    if (isFloat(dtype) || dtype === 'bool') return push({ op: 'cast', dtype, args: [linear('i32', form)] })
    return push({ op: 'linear', dtype, form })
  }
  const unary = (op: UnaryOp, dtype: DType, x: Expr): Expr => {
    const from = nodes[x]!.dtype
    if ((op === 'cast' || op === 'bitcast') && from === dtype) return x
    const a = valueOf(x)
    const folded = a === null ? null : foldConstants(op, dtype, from, [a])
    return folded === null ? push({ op, dtype, args: [x] }) : constant(dtype, folded)
  }
  const binary = (op: BinaryOp, dtype: DType, x: Expr, y: Expr): Expr => {
    const from = nodes[x]!.dtype
    const a = valueOf(x),
      b = valueOf(y)
    if (a !== null && b !== null) {
      const folded = foldConstants(op, dtype, from, [a, b])
      if (folded !== null) return constant(dtype, folded)
    }
    const { commutes = false, neutral } = operations[op]
    if (b !== null && b === neutral) return x
    if (a !== null && commutes && a === neutral) return y
    const form = linearResult(op, from, nodes[x]!, nodes[y]!)
    if (form !== null) return linear(dtype, form)
    return push({ op, dtype, args: commutes && y < x ? [y, x] : [x, y] })
  }
  const select = (dtype: DType, c: Expr, x: Expr, y: Expr): Expr => {
    const v = valueOf(c)
    if (x === y) return x
    return v === null ? push({ op: 'select', dtype, args: [c, x, y] }) : v !== 0 ? x : y
  }
  return { nodes, push, constant, linear, unary, binary, select }
}

/** The affine form that a sum or multiple of affine forms is, such as i·5 + j; null for other operations. */
function linearResult(op: BinaryOp, dtype: DType, x: DraftNode, y: DraftNode): AffineForm | null {
  if (dtype !== 'i32' && dtype !== 'u32') return null
  const formOf = (n: DraftNode): AffineForm | null =>
    n.op === 'linear' ? n.form : n.op === 'const' ? { offset: n.value, steps: [] } : null
  const a = formOf(x),
    b = formOf(y)
  if (a === null || b === null) return null
  const combine = (f: AffineForm, m: number, g: AffineForm, n: number): AffineForm => ({
    offset: m * f.offset + n * g.offset,
    steps: Array.from(
      { length: Math.max(f.steps.length, g.steps.length) },
      (_, i) => m * (f.steps[i] ?? 0) + n * (g.steps[i] ?? 0),
    ),
  })
  const none: AffineForm = { offset: 0, steps: [] }
  const form =
    op === 'add'
      ? combine(a, 1, b, 1)
      : op === 'mul' && x.op === 'const'
        ? combine(b, x.value, none, 0)
        : op === 'mul' && y.op === 'const'
          ? combine(a, y.value, none, 0)
          : null
  return form !== null && [form.offset, ...form.steps].every((s) => Math.abs(s) < 2 ** 31) ? form : null
}

/** The builder that a pointwise rule writes to; `forms` are the coordinates of the value under construction. */
export const builderAt = (d: Draft, forms: readonly AffineForm[]): KernelBuilder => ({
  constant: d.constant,
  index: (dtype, axis) => d.linear(dtype, forms[axis]!),
  unary: d.unary,
  binary: d.binary,
  select: d.select,
})

/** Substitutes: a form of a reader's coordinates becomes offset + Σ steps·forms of the kernel's coordinates. */
export function composeForm(form: AffineForm, forms: readonly AffineForm[], rank: number): AffineForm {
  let offset = form.offset
  const steps = new Array<number>(rank).fill(0)
  form.steps.forEach((s, a) => {
    if (s === 0) return
    offset += s * forms[a]!.offset
    forms[a]!.steps.forEach((t, i) => {
      steps[i]! += s * t
    })
  })
  return { offset, steps }
}

/** Recomputes a cheap value at the reader's coordinates. */
export function emitRematerialised(d: Draft, ref: RematerialisedRef, forms: readonly AffineForm[], rank: number): Expr {
  const own = ref.axes.map((f) => composeForm(f, forms, rank))
  const x = ref.op.ins.map((r) => emitKnown(d, r, own, rank))
  return ref.op.emit(builderAt(d, own), x)[ref.out]!
}

function emitKnown(d: Draft, ref: Ref, forms: readonly AffineForm[], rank: number): Expr {
  return ref.kind === 'literal'
    ? d.constant(ref.dtype, ref.value)
    : emitRematerialised(d, ref as RematerialisedRef, forms, rank)
}

/** The coordinates of a point as forms of themselves. */
const coordinates = (rank: number): readonly AffineForm[] =>
  Array.from({ length: rank }, (_, a) => ({
    offset: 0,
    steps: Array.from({ length: rank }, (_, b) => (a === b ? 1 : 0)),
  }))

/** Few values have more axes, so these forms are computed once. */
const COMMON_RANK = 8
const commonCoordinates = coordinates(COMMON_RANK)

/** The cost of a pointwise rule: its number of nodes without constants, and their approximate cost in additions. */
export function estimateCost(emit: PointwiseOp['emit'], ins: readonly Ref[]): { nodes: number; work: number } {
  const d = makeDraft()
  const rank = Math.max(COMMON_RANK, ...ins.map((r) => r.shape.length))
  const forms = rank === COMMON_RANK ? commonCoordinates : coordinates(rank)
  emit(
    builderAt(d, forms),
    ins.map((r, i) =>
      r.kind === 'value' ? d.push({ op: 'load', dtype: r.dtype, operand: i }) : emitKnown(d, r, forms, rank),
    ),
  )
  const known = d.nodes.filter((n) => n.op !== 'const' && n.op !== 'load')
  return {
    nodes: known.length,
    work: known.reduce((sum, n) => sum + (('args' in n ? operations[n.op].work : null) ?? 1), 0),
  }
}

const logic: ReadonlySet<ScalarOp> = new Set(['not', 'and', 'or', 'xor'])
const exact: ReadonlySet<ScalarOp> = new Set(['neg', 'abs', 'add', 'sub', 'mul'])

/** Whether every backend computes the same bits from constants of a type. */
function folds(op: ScalarOp, from: DType): boolean {
  if (op === 'cast' || isComparison(op)) return true
  if (from === 'bool') return logic.has(op)
  if (isFloat(from)) return exact.has(op) || op === 'div'
  return exact.has(op) || op === 'shiftLeft' || op === 'shiftRight' || (op !== 'not' && logic.has(op))
}

/** The operation of constants of type `from` where every backend computes the same bits, null otherwise. */
export const foldConstants = (op: ScalarOp, dtype: DType, from: DType, args: readonly number[]): number | null =>
  folds(op, from) ? evaluateScalar(op, dtype, args, from) : null

/** Converts a number to the nearest value that an element of `dtype` holds. */
export const foldCast = (dtype: DType, value: number): number => evaluateScalar('cast', dtype, [value], 'f64')
