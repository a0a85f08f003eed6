import { type Aval, sizeOf } from '../tensor/aval.js'
import { SpikewardError } from '../errors.js'
import type { DotParams } from '../program/params.js'
import { pushCopy, pushRoutine, type Flattening, type Source } from './flattening.js'
import type { ValueRef } from '../graph/graph.js'
import type { OperandAxis, Windows } from '../routines/routineDeclaration.js'
import { reshapeRef, viewRef } from '../graph/ref.js'

/** The stride that traverses the given axes as one axis in row-major order, or null if there is none. */
function collapse(ref: ValueRef, axes: readonly number[]): number | null {
  const run = axes.filter((a) => ref.shape[a]! > 1)
  for (let i = 0; i + 1 < run.length; i++) {
    if (ref.strides[run[i]!]! !== ref.strides[run[i + 1]!]! * ref.shape[run[i + 1]!]!) return null
  }
  const s = run.length === 0 ? 0 : ref.strides[run[run.length - 1]!]!
  return s < 0 ? null : s
}

const permuted = (ref: Source, order: readonly number[]): Source =>
  viewRef(
    ref as ValueRef,
    {
      axes: ref.shape.map((_, a) => ({ from: order.indexOf(a) < 0 ? null : order.indexOf(a), start: 0, step: 1 })),
    },
    order.map((a) => ref.shape[a]!),
  )

/** The operand with one stride for each group of axes; it is copied where a group has no such stride. */
function operand(
  f: Flattening,
  source: Source,
  batch: readonly number[],
  mid: readonly number[],
  last: readonly number[],
): { ref: ValueRef; strides: readonly [number, number, number] } {
  if (source.kind === 'value') {
    const s = [batch, mid, last].map((g) => collapse(source, g))
    if (s.every((x) => x !== null)) return { ref: source, strides: [s[0]!, s[1]!, s[2]!] }
  }
  // An operand that is the same for the whole batch is copied once and has batch stride 0.
  const shared = source.kind === 'literal' || batch.every((a) => source.strides[a] === 0)
  // The axis that is contiguous in memory stays the last one, so that a copy reads rows.
  const turned = source.kind === 'value' && mid.some((a) => source.strides[a] === 1)
  const [outer, inner] = turned ? [last, mid] : [mid, last]
  const copy = pushCopy(f, permuted(source, [...(shared ? [] : batch), ...outer, ...inner]))
  const n = (g: readonly number[]): number => sizeOf(g.map((a) => source.shape[a]!))
  const [middle, along] = turned ? [1, n(mid)] : [n(last), 1]
  return { ref: copy, strides: [shared ? 0 : n(mid) * n(last), middle, along] }
}

/** Whether one stride describes a group of axes. */
const fitsOne = (ref: Source, axes: readonly number[]): boolean => ref.kind === 'value' && collapse(ref, axes) !== null

/** The axes of windows that overlap, and that one stride a group does not describe; null for any other operand. */
function windowsOf(source: Source, mid: readonly number[], last: readonly number[]): Windows | null {
  if (source.kind !== 'value') return null
  // Axes that one stride describes are one axis, so that runs of adjacent elements are as long as they can be.
  const axesOf = (group: readonly number[]): OperandAxis[] =>
    group.reduceRight<OperandAxis[]>((axes, a) => {
      const [n, stride] = [source.shape[a]!, source.strides[a]!]
      const [next, ...rest] = axes
      if (n === 1) return axes
      return next !== undefined && stride === next[0] * next[1]
        ? [[n * next[0], next[1]], ...rest]
        : [[n, stride], ...axes]
    }, [])
  const [m, k] = [axesOf(mid), axesOf(last)]
  if (m.length === 0 || k.length === 0 || ![...m, ...k].every(([, stride]) => stride > 0)) return null
  // Of windows that overlap little, a copy costs little.
  return sizeOf(source.shape) > 1.5 * sizeOf(source.value.aval.shape) ? { m, k } : null
}

/** Lowers a general product to the dot routine; operands are read through strides where possible, copied otherwise. */
export function lowerDot(
  f: Flattening,
  name: string,
  lhs: Source,
  rhs: Source,
  ins: readonly Aval[],
  out: Aval,
  p: DotParams,
): Source {
  const [lc, rc] = p.contract,
    [lb, rb] = p.batch
  const free = (r: Source, c: readonly number[], b: readonly number[]): number[] =>
    r.shape.map((_, a) => a).filter((a) => !c.includes(a) && !b.includes(a))
  const lf = free(lhs, lc, lb),
    rf = free(rhs, rc, rb)
  const size = (r: Source, axes: readonly number[]): number => sizeOf(axes.map((a) => r.shape[a]!))
  const [batch, m, n, k] = [size(lhs, lb), size(lhs, lf), size(rhs, rf), size(lhs, lc)]
  if (batch * m * n === 0 || k === 0) return { kind: 'literal', dtype: out.dtype, shape: out.shape, value: 0 }
  if (out.dtype !== 'f32' && out.dtype !== 'f64') {
    throw new SpikewardError(
      'DTYPE_UNSUPPORTED',
      `${name} multiplies ${out.dtype}; products are f32 or f64; cast the operands first`,
    )
  }
  // The contracted axes may come in any order: choose the one for which the fewest operands need a copy.
  const orders = [lc.map((_, i) => i)]
  for (const [r, c] of [
    [lhs, lc],
    [rhs, rc],
  ] as const) {
    if (r.kind === 'value')
      orders.push(lc.map((_, i) => i).sort((i, j) => r.strides[c[j]!]! - r.strides[c[i]!]! || i - j))
  }
  const fits = (o: readonly number[]): number =>
    [[lhs, lc] as const, [rhs, rc] as const].filter(
      ([r, c]) =>
        r.kind === 'value' &&
        collapse(
          r,
          o.map((i) => c[i]!),
        ) !== null,
    ).length
  const order = orders.reduce((best, o) => (fits(o) > fits(best) ? o : best))
  const contracted = order.map((i) => lc[i]!)
  const windows =
    f.windows && batch === 1 && ![lf, contracted].every((g) => fitsOne(lhs, g)) ? windowsOf(lhs, lf, contracted) : null
  const a =
    windows === null ? operand(f, lhs, lb, lf, contracted) : { ref: lhs as ValueRef, strides: [0, 0, 0] as const }
  const b = operand(
    f,
    rhs,
    rb,
    order.map((i) => rc[i]!),
    rf,
  )
  const [result] = pushRoutine(
    f,
    name,
    {
      kind: 'dot',
      dtype: out.dtype,
      batch,
      m,
      n,
      k,
      a: { batch: a.strides[0], m: a.strides[1], k: a.strides[2] },
      b: { batch: b.strides[0], k: b.strides[1], n: b.strides[2] },
      binary: ins[0]!.binary,
      ...(windows === null ? {} : { windows }),
    },
    [a.ref, b.ref],
    [out],
  )
  return reshapeRef(result!, out.shape)!
}
