import { reductionIdentity, type Store } from '@spikeward/core/backend'
import { constant, fromBits, toBits, typeOf } from './wgsl.js'

/** A store with a reduction, and its index among the stores of its kernel. */
export interface Fold {
  readonly store: Store
  readonly index: number
}

/** The statements of a reduction: initialise, add each value, combine the partial results of the threads. */
export interface Folding {
  readonly begin: readonly string[]
  readonly each: readonly string[]
  readonly together: readonly string[]
  valueOf(index: number): string
}

/**
 * Reduces values n… into f…. `together` threads (a power of two) combine their partial results: in workgroup memory
 * until `shuffled` results are left (a power of two, 1 for none), then through registers of a subgroup. Both methods
 * add the same halves, so the result is the same to the bit.
 */
export function folding(folds: readonly Fold[], together: number, shuffled: number): Folding {
  return {
    begin: folds.map(
      ({ store: s, index }) =>
        `var f${index}: ${typeOf(s.dtype)} = ${constant(s.dtype, reductionIdentity(s.reduce!, s.dtype))};`,
    ),
    each: folds.map(({ store: s, index }) => `f${index} = ${combine(s, `f${index}`, `n${s.node}`)};`),
    together: together === 1 ? [] : folds.flatMap((fold) => combineThreads(fold, together, shuffled)),
    valueOf: (index) => `f${index}`,
  }
}

function combineThreads(fold: Fold, together: number, shuffled: number): string[] {
  return [
    ...(together > shuffled ? combineInMemory(fold, together, shuffled) : []),
    ...combineInSubgroup(fold, shuffled),
  ]
}

/** Combines `together` partial results to `left` (at least 1) in workgroup memory, with a barrier for each halving. */
function combineInMemory({ store: s, index }: Fold, together: number, left: number): string[] {
  const at = (k: string): string => fromBits(s.dtype, `bits[${k}]`)
  return [
    `bits[lane * ${together}u + part] = ${toBits(s.dtype, `f${index}`)};`,
    'workgroupBarrier();',
    `for (var half = ${together / 2}u; half >= ${left}u; half = half >> 1u) {`,
    'if (part < half) {',
    `let k = lane * ${together}u + part;`,
    `let x: ${typeOf(s.dtype)} = ${at('k')};`,
    `let y: ${typeOf(s.dtype)} = ${at('k + half')};`,
    `bits[k] = ${toBits(s.dtype, `(${combine(s, 'x', 'y')})`)};`,
    '}',
    'workgroupBarrier();',
    '}',
    `f${index} = ${at(left === 1 ? `lane * ${together}u` : `lane * ${together}u + part % ${left}u`)};`,
    'workgroupBarrier();',
  ]
}

/** Combines `parts` partial results of adjacent lanes to one. */
function combineInSubgroup({ store: s, index }: Fold, parts: number): string[] {
  const lines: string[] = []
  for (let half = parts / 2; half >= 1; half /= 2) {
    const other = fromBits(s.dtype, `subgroupShuffleXor(${toBits(s.dtype, `f${index}`)}, ${half}u)`)
    lines.push(`f${index} = ${combine(s, `f${index}`, other)};`)
  }
  return lines
}

function combine({ reduce, dtype }: Store, x: string, y: string): string {
  if (reduce === 'sum') return dtype === 'bool' ? `${x} | ${y}` : `${x} + ${y}`
  if (dtype === 'bool') return reduce === 'max' ? `${x} | ${y}` : `${x} & ${y}`
  return dtype === 'f32' ? `${reduce!}F(${x}, ${y})` : `${reduce!}(${x}, ${y})`
}
