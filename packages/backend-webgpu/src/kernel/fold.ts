import type { DType, Store } from '@spikeward/core/backend'
import { constant, fromBits, toBits, typeOf } from './wgsl.js'

/** A store that folds, and its place among the stores of its kernel. */
export interface Fold {
  readonly store: Store
  readonly index: number
}

/** The statements of a fold: where it begins, what each value does, how the threads put their parts together. */
export interface Folding {
  readonly begin: readonly string[]
  readonly each: readonly string[]
  readonly together: readonly string[]
  valueOf(index: number): string
}

/** Folds values n… into f…; `together` threads (a power of two) put their parts together in workgroup memory. */
export function folding(folds: readonly Fold[], together: number): Folding {
  return {
    begin: folds.map(
      ({ store: s, index }) => `var f${index}: ${typeOf(s.dtype)} = ${constant(s.dtype, identityOf(s))};`,
    ),
    each: folds.map(({ store: s, index }) => `f${index} = ${combine(s, `f${index}`, `n${s.node}`)};`),
    together: together === 1 ? [] : folds.flatMap((fold) => combineThreads(fold, together)),
    valueOf: (index) => `f${index}`,
  }
}

function combineThreads({ store: s, index }: Fold, together: number): string[] {
  const at = (k: string): string => fromBits(s.dtype, `bits[${k}]`)
  return [
    `bits[lane * ${together}u + part] = ${toBits(s.dtype, `f${index}`)};`,
    'workgroupBarrier();',
    `for (var half = ${together / 2}u; half > 0u; half = half >> 1u) {`,
    'if (part < half) {',
    `let k = lane * ${together}u + part;`,
    `let x: ${typeOf(s.dtype)} = ${at('k')};`,
    `let y: ${typeOf(s.dtype)} = ${at('k + half')};`,
    `bits[k] = ${toBits(s.dtype, `(${combine(s, 'x', 'y')})`)};`,
    '}',
    'workgroupBarrier();',
    '}',
    `f${index} = ${at(`lane * ${together}u`)};`,
    'workgroupBarrier();',
  ]
}

function combine({ reduce, dtype }: Store, x: string, y: string): string {
  if (reduce === 'sum') return dtype === 'bool' ? `${x} | ${y}` : `${x} + ${y}`
  if (dtype === 'bool') return reduce === 'max' ? `${x} | ${y}` : `${x} & ${y}`
  return dtype === 'f32' ? `${reduce!}F(${x}, ${y})` : `${reduce!}(${x}, ${y})`
}

/** Where a fold starts. */
function identityOf({ reduce, dtype }: Store): number {
  if (reduce === 'sum') return 0
  const [least, greatest] = ends[dtype]
  return reduce === 'max' ? least : greatest
}

const ends: Record<DType, readonly [number, number]> = {
  f32: [-Infinity, Infinity],
  f64: [-Infinity, Infinity],
  i32: [-2147483648, 2147483647],
  u32: [0, 4294967295],
  bool: [0, 1],
}
