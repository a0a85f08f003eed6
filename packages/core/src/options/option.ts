import type { ValueType } from './valueType.js'

/**
 * How an omitted option gets its value: `value` from its default, `computed` from other options or from the factory's
 * arguments, `required` not at all.
 */
export type Presence = 'value' | 'computed' | 'required'

/** One option of a factory, declared once: its type, its range, its default, one line of help. */
export interface Option<T = unknown, P extends Presence = Presence> {
  readonly type: ValueType<T>
  /** One line: what the option is, with its unit and its symbol in the equation. */
  readonly help: string
  readonly presence: P
  /** The value if the option is omitted; undefined if it is computed or required. */
  readonly default: T | undefined
  /** How a computed default is determined, in words; null for the others. */
  readonly computed: string | null
  /** The code of the error for a value of the wrong type or outside the range; `INVALID_OPTION` by default. */
  readonly code: string
}

/** The options of a factory by name, in the order in which help lists them. */
export type Options = Readonly<Record<string, Option>>

/**
 * The declaration of an option besides its type: help, and exactly one of a default, how it is computed, or that it is
 * required.
 */
export type Spec<T> = { readonly help: string; readonly code?: string } & (
  | { readonly default: T; readonly computed?: never; readonly required?: never }
  | { readonly computed: string; readonly default?: never; readonly required?: never }
  | { readonly required: true; readonly default?: never; readonly computed?: never }
)

/** The {@link Presence} that a {@link Spec} states. */
export type PresenceOf<S> = S extends { readonly required: true }
  ? 'required'
  : S extends { readonly computed: string }
    ? 'computed'
    : 'value'

/**
 * An option of any type of value; `integer`, `choice` and the others are shorter for the usual ones.
 *
 * @example
 * const seconds = option(myType, { default: 1, help: 'how long to wait, in seconds' })
 */
/* @__NO_SIDE_EFFECTS__ */
export function option<T, const S extends Spec<T>>(type: ValueType<T>, spec: S): Option<T, PresenceOf<S>> {
  const { help, code = 'INVALID_OPTION', computed = null, required = false } = spec
  const presence: Presence = required ? 'required' : computed === null ? 'value' : 'computed'
  return { type, help, presence: presence as PresenceOf<S>, default: spec.default, computed, code }
}

/** The type of an option's value. */
export type ValueOf<O> = O extends Option<infer T> ? T : never

type PresenceIn<O> = O extends { readonly presence: infer P } ? P : never

type Flat<T> = { [K in keyof T]: T[K] }

/**
 * The options object that a factory is called with: required options must be there, all others may be left out.
 *
 * @example
 * const options = { directions: integer({ min: 1, default: 1, help: 'directions per step (K)' }) }
 * type RfgOptions = OptionsOf<typeof options> // { readonly directions?: number }
 */
export type OptionsOf<O extends Options> = Flat<
  { readonly [K in keyof O as PresenceIn<O[K]> extends 'required' ? K : never]: ValueOf<O[K]> } & {
    readonly [K in keyof O as PresenceIn<O[K]> extends 'required' ? never : K]?: ValueOf<O[K]>
  }
>

/** The options with every default filled in; an omitted option with a computed default is undefined. */
export type Filled<O extends Options> = {
  readonly [K in keyof O]: PresenceIn<O[K]> extends 'computed' ? ValueOf<O[K]> | undefined : ValueOf<O[K]>
}

/**
 * The options of a factory, made in one call, so that a bundler can leave them out of a page with one annotation.
 *
 * @example
 * const options = /* @__PURE__ *\/ defineOptions(() => ({
 *   directions: integer({ min: 1, default: 1, help: 'directions per step (K)' }),
 * }))
 */
/* @__NO_SIDE_EFFECTS__ */
export function defineOptions<const O extends Options>(make: () => O): O {
  return make()
}
