import { binaryOperations, isRealFunction, unaryOperations } from '@spikeward/core/backend'
import type { DType, KernelNode, RealFunction, Slot, Store } from '@spikeward/core/backend'
import type { FusedStep } from './fuseTiles.js'

/**
 * The first two numbers of a blob: a magic number and the version of its layout. native/plan/decode.cpp has the same
 * numbers.
 */
export const MAGIC = 0x5350494b
export const VERSION = 7

/**
 * The numbers of the names in a blob; functions of real numbers stand there by their text. The C++ side has the same
 * order (native/plan/plan.hpp).
 */
export const numberOf = {
  dtype: numbered<DType>()('f32', 'f64', 'i32', 'u32', 'bool'),
  op: Object.fromEntries(
    [
      ...['const', 'load', 'index', 'carry', 'final'],
      ...Object.keys({ ...unaryOperations, ...binaryOperations }).filter((op) => !isRealFunction(op)),
      ...['select', 'function'],
    ].map((name, i) => [name, i]),
  ) as Readonly<Record<Exclude<KernelNode['op'], RealFunction> | 'function', number>>,
  slot: numbered<Slot['kind'] | 'tileLocal'>()('input', 'output', 'temporary', 'tileLocal'),
  step: numbered<FusedStep['kind']>()('kernel', 'routine', 'loop', 'tileFused'),
  reduce: numbered<NonNullable<Store['reduce']> | 'none'>()('none', 'sum', 'max', 'min'),
} as const

/** Maps names to their positions; a missing name is a type error. */
function numbered<K extends string>() {
  return <const L extends readonly K[]>(...list: [K] extends [L[number]] ? L : never): Readonly<Record<K, number>> =>
    Object.fromEntries((list as readonly K[]).map((name, i) => [name, i])) as Record<K, number>
}
