import type { BinaryOp, DType, KernelNode, Slot, Store, UnaryOp } from '@spikeward/core/backend'
import type { FusedStep } from './fuseTiles.js'

/**
 * The first two numbers of a blob: a magic number and the version of its layout. native/plan/decode.cpp has the same
 * numbers.
 */
export const MAGIC = 0x5350494b
export const VERSION = 5

type NodeOp = KernelNode['op'] | UnaryOp | BinaryOp

/** The numbers of the names in a blob. The C++ side has the same lists in the same order (native/plan/plan.hpp). */
export const numberOf = {
  dtype: numbered<DType>()('f32', 'f64', 'i32', 'u32', 'bool'),
  op: numbered<NodeOp>()(
    ...(['const', 'load', 'index', 'carry', 'final'] as const),
    ...([
      'neg',
      'abs',
      'sign',
      'floor',
      'exp',
      'log',
      'sqrt',
      'sin',
      'cos',
      'tanh',
      'erf',
      'not',
      'cast',
      'bitcast',
    ] as const),
    ...([
      'add',
      'sub',
      'mul',
      'div',
      'rem',
      'pow',
      'max',
      'min',
      'and',
      'or',
      'xor',
      'shiftLeft',
      'shiftRight',
    ] as const),
    ...(['lt', 'le', 'eq', 'ne', 'select'] as const),
  ),
  slot: numbered<Slot['kind'] | 'tileLocal'>()('input', 'output', 'temporary', 'tileLocal'),
  step: numbered<FusedStep['kind']>()('kernel', 'routine', 'loop', 'tileFused'),
  reduce: numbered<NonNullable<Store['reduce']> | 'none'>()('none', 'sum', 'max', 'min'),
} as const

/** Maps names to their positions; a missing name is a type error. */
function numbered<K extends string>() {
  return <const L extends readonly K[]>(...list: [K] extends [L[number]] ? L : never): Readonly<Record<K, number>> =>
    Object.fromEntries((list as readonly K[]).map((name, i) => [name, i])) as Record<K, number>
}
