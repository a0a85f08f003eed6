import type { DType, FloatDType, TypedArray } from '../tensor/dtype.js'

/**
 * Kinds of fields of a routine: `any` and `float` are element types, `index` the type of indices, `count` a whole
 * number of at least 0, `flag` a boolean, `windows` a {@link Windows} or nothing, `strides` numbers of elements along
 * named axes.
 */
export type FieldType =
  | 'any'
  | 'float'
  | 'index'
  | 'count'
  | 'flag'
  | 'windows'
  | { readonly strides: readonly string[] }

/** An axis of an operand: its length, and its stride in elements. */
export type OperandAxis = readonly [length: number, stride: number]

/** The rows and columns of an operand as several axes each, the last one fastest: overlapping windows of an array. */
export interface Windows {
  readonly m: readonly OperandAxis[]
  readonly k: readonly OperandAxis[]
}

/** The fields of a routine by name, in the order in which plans as numbers hold them. */
export type Fields = Readonly<Record<string, FieldType>>

/** The kind of field that holds values of type V. */
type FieldOf<V> = [V] extends [boolean]
  ? 'flag'
  : [V] extends [number]
    ? 'count'
    : [V] extends ['i32' | 'u32']
      ? 'index'
      : [V] extends [FloatDType]
        ? 'float'
        : [V] extends [DType]
          ? 'any'
          : [V] extends [Windows | undefined]
            ? 'windows'
            : { readonly strides: readonly (keyof V)[] }

/** The elements of an operand that a routine accesses, from its start on: lengths and strides of its axes. */
export interface OperandSpan {
  readonly dtype: DType
  readonly lengths: readonly number[]
  readonly strides: readonly number[]
}

/** All of a row-major array. */
export const whole = (dtype: DType, ...lengths: readonly number[]): OperandSpan => {
  const strides = lengths.map((_, a) => lengths.slice(a + 1).reduce((n, d) => n * d, 1))
  return { dtype, lengths, strides }
}

/** An operand of a routine, whose element i is `array[base + i]`. */
export interface RoutineOperand {
  readonly array: TypedArray
  readonly base: number
}

/** Floating-point operations, and bytes of memory traffic without any cache. */
export interface Count {
  readonly flops: number
  readonly bytes: number
}

/**
 * The declaration of a routine, work that is not a kernel. The form of its plans, their checks, text and numbers, its
 * counts and the reference derive from it.
 */
export interface RoutineDeclaration<R extends { readonly kind: string; readonly dtype: DType }> {
  readonly kind: R['kind']
  readonly fields: { readonly [N in Exclude<keyof R, 'kind'>]-?: FieldOf<R[N]> }
  /** The elements that it reads of each operand, then those that it writes of its result. */
  spans(r: R): readonly OperandSpan[]
  count(r: R): Count
  /**
   * Computes the result by the routine's definition: the reference backend. Sums are accumulated in double precision.
   */
  run(r: R, ...operands: readonly [RoutineOperand, RoutineOperand, RoutineOperand]): void
  /** A small one, for tests of malformed plans. */
  readonly example: R
}

/** The values of a kind of field. */
type ValueOf<F> = F extends 'any'
  ? DType
  : F extends 'float'
    ? FloatDType
    : F extends 'index'
      ? 'i32' | 'u32'
      : F extends 'flag'
        ? boolean
        : number

/** A routine with declared fields. */
type RoutineOf<K, F> = { readonly kind: K } & { readonly [N in keyof F]: ValueOf<F[N]> }

/** The rules of a routine, and a small one without its kind. */
type Rules<R> = Pick<
  RoutineDeclaration<R & { readonly kind: string; readonly dtype: DType }>,
  'spans' | 'count' | 'run'
> & {
  readonly example: Omit<R, 'kind'>
}

/** Declares a routine from its fields, the first of which is its element type; see {@link RoutineDeclaration}. */
export const declareRoutine = <const K extends string, const F extends Fields & { readonly dtype: 'any' | 'float' }>(
  kind: K,
  fields: F,
  rules: Rules<RoutineOf<K, F>>,
) => ({ kind, fields, ...rules, example: { kind, ...rules.example } as RoutineOf<K, F> })

/** The routines of a table of declarations. */
export type RoutineIn<T extends Readonly<Record<string, { readonly example: unknown }>>> = T[keyof T]['example']
