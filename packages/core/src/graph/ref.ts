import { type Shape, sizeOf, stridesOf } from '../tensor/aval.js'
import type { AffineView } from '../program/program.js'
import type { AffineForm, LiteralRef, RematerialisedRef, Ref, Value, ValueRef } from './graph.js'

/** Reads all of a value in its own order. */
export const whole = (value: Value): ValueRef => ({
  kind: 'value',
  dtype: value.aval.dtype,
  shape: value.aval.shape,
  value,
  offset: 0,
  strides: contiguous(value.aval.shape),
  advance: [],
})

/** Row-major strides, with 0 for axes of length 1. */
export const contiguous = (shape: Shape): number[] => stridesOf(shape).map((s, a) => (shape[a] === 1 ? 0 : s))

/** The reference with stride 0 along axes of length 1. */
const withUnitAxes = (ref: ValueRef): ValueRef => ({
  ...ref,
  strides: ref.strides.map((s, a) => (ref.shape[a] === 1 ? 0 : s)),
})

/** The reference read through an affine view whose result has shape `shape`. */
export function viewRef<R extends LiteralRef | ValueRef>(ref: R, view: AffineView, shape: Shape): R
export function viewRef(ref: LiteralRef | ValueRef, view: AffineView, shape: Shape): LiteralRef | ValueRef {
  if (ref.kind === 'literal') return { ...ref, shape }
  let offset = ref.offset
  const strides = new Array<number>(shape.length).fill(0)
  view.axes.forEach(({ from, start, step, shear }, a) => {
    offset += start * ref.strides[a]!
    if (from !== null) strides[from]! += step * ref.strides[a]!
    if (shear !== undefined) strides[shear.along]! += shear.slope * ref.strides[a]!
  })
  return withUnitAxes({ ...ref, shape, offset, strides })
}

/** The strides of a row-major reshape of a strided array, or null if no strides express it. */
export function reshapeStrides(shape: Shape, strides: readonly number[], to: Shape): number[] | null {
  if (sizeOf(to) === 0) return to.map(() => 0)
  const old = shape.flatMap((n, a) => (n === 1 ? [] : [{ n, s: strides[a]! }]))
  const out = to.map(() => 0)
  const axes = to.flatMap((n, a) => (n === 1 ? [] : [a]))
  let i = 0,
    j = 0
  while (i < old.length && j < axes.length) {
    const i0 = i,
      j0 = j
    let n = old[i++]!.n,
      m = to[axes[j++]!]!
    while (n !== m) {
      if (n < m) n *= old[i++]!.n
      else m *= to[axes[j++]!]!
    }
    for (let k = i0; k + 1 < i; k++) if (old[k]!.s !== old[k + 1]!.s * old[k + 1]!.n) return null
    let s = old[i - 1]!.s
    for (let k = j - 1; k >= j0; k--) {
      out[axes[k]!] = s
      s *= to[axes[k]!]!
    }
  }
  return out
}

/** The reference reshaped without a copy, or null if no strides express it. */
export function reshapeRef(ref: LiteralRef | ValueRef, shape: Shape): LiteralRef | ValueRef | null {
  if (ref.kind === 'literal') return { ...ref, shape }
  const strides = reshapeStrides(ref.shape, ref.strides, shape)
  return strides && { ...ref, shape, strides }
}

/** True if the elements are contiguous and row-major from the reference's offset on. */
export const isPacked = (ref: ValueRef): boolean => {
  const s = contiguous(ref.shape)
  return ref.strides.every((d, a) => d === s[a])
}

/** True if the reference reads all of its value in order, possibly with another shape. */
export const isWhole = (ref: Ref): ref is ValueRef =>
  ref.kind === 'value' &&
  ref.offset === 0 &&
  ref.advance.every((d) => d === 0) &&
  isPacked(ref) &&
  sizeOf(ref.shape) === sizeOf(ref.value.aval.shape)

/** The slice of the reference along `axis` that each iteration of the loop at depth `depth` reads. */
export function sliceRef(
  ref: LiteralRef | ValueRef,
  axis: number,
  length: number,
  reverse: boolean,
  depth: number,
): LiteralRef | ValueRef {
  const shape = ref.shape.filter((_, a) => a !== axis)
  if (ref.kind === 'literal') return { ...ref, shape }
  const s = ref.strides[axis]!
  return {
    ...ref,
    shape,
    strides: ref.strides.filter((_, a) => a !== axis),
    offset: ref.offset + (reverse ? (length - 1) * s : 0),
    advance: advanceBy(ref.advance, depth, reverse ? -s : s),
  }
}

/** Adds `by` elements for each iteration of the loop at depth `depth`. */
export function advanceBy(advance: readonly number[], depth: number, by: number): number[] {
  const out = [...advance]
  while (out.length <= depth) out.push(0)
  out[depth]! += by
  return out
}

/**
 * The coordinates of a value as forms of its reader's coordinates, or null if a reshape hides them. A reader's axis
 * that steps by q·stride of a value's axis moves only along that axis, provided that it stays within its length.
 */
export function coordinatesOf(ref: ValueRef): AffineForm[] | null {
  if (ref.advance.some((d) => d !== 0)) return null
  const shape = ref.value.aval.shape
  const strides = stridesOf(shape)
  if (sizeOf(ref.shape) === 0) return shape.map(() => ({ offset: 0, steps: ref.shape.map(() => 0) }))
  const offsets = new Array<number>(shape.length).fill(0)
  let rest = ref.offset
  shape.forEach((_, a) => {
    offsets[a] = Math.floor(rest / strides[a]!)
    rest -= offsets[a] * strides[a]!
  })
  const steps = shape.map(() => ref.shape.map(() => 0))
  for (let c = 0; c < ref.shape.length; c++) {
    const s = ref.strides[c]!
    if (s === 0) continue
    const a = strides.findIndex((t, a) => shape[a]! > 1 && Math.abs(s) >= t)
    if (a < 0 || s % strides[a]! !== 0) return null
    steps[a]![c] = s / strides[a]!
  }
  for (let a = 0; a < shape.length; a++) {
    let low = offsets[a]!,
      high = offsets[a]!
    steps[a]!.forEach((s, c) => {
      if (s > 0) high += s * (ref.shape[c]! - 1)
      else low += s * (ref.shape[c]! - 1)
    })
    if (low < 0 || high >= shape[a]!) return null
  }
  return shape.map((_, a) => ({ offset: offsets[a]!, steps: steps[a]! }))
}

/**
 * The reference to a cheap value, which is recomputed; null if the value is not cheap or a reshape hides its
 * coordinates.
 */
export function rematerialise(ref: ValueRef): RematerialisedRef | null {
  const op = ref.value.writers[0]
  if (ref.value.writers.length !== 1 || op?.kind !== 'pointwise' || !op.cheap) return null
  const axes = coordinatesOf(ref)
  return (
    axes && { kind: 'rematerialised', dtype: ref.dtype, shape: ref.shape, op, out: op.outs.indexOf(ref.value), axes }
  )
}
