import type { Filled, Options, OptionsOf } from './option.js'
import { fill, readOptions } from './readOptions.js'
import type { Kind } from './valueType.js'

/**
 * Facts by which users choose, besides the summary: short values by name, such as `{ unbiased: true, memory: 'constant
 * in T' }`.
 */
export type Facts = { readonly [name: string]: string | number | boolean }

/** Advice on when to choose a factory: a row of the guide that compares it with its alternatives. */
export type Advice = {
  /** The problem at hand, such as the network and the loss. */
  readonly when: string
  /** How the factory is written then, with its options. */
  readonly choose: string
  readonly why: string
}

/**
 * The description of a factory. Option checks, command lines, `list`, configurations, the demo's controls and the
 * tables of the docs are derived from it.
 */
export interface Declaration<O extends Options = Options, A extends Options = Options> {
  readonly kind: Kind
  /** The name under which it is listed and written: that of the export. */
  readonly name: string
  /** Shorter names under which command lines know it as well: `lif` for `leakyIntegrateAndFire`. Empty for most. */
  readonly aliases: readonly string[]
  /** One line, without a full stop at its end. */
  readonly summary: string
  /** Arguments before the options object, in order: the rate of `adam(rate, options)`. Empty for most. */
  readonly arguments: A
  /** Whether the last argument is a list that a call spreads, as in `chain(a, b, c)`; then no options follow it. */
  readonly variadic: boolean
  readonly options: O
  readonly facts: Facts
  /** When to choose it, in the guide to its kind. Empty for most. */
  readonly guide: readonly Advice[]
}

/** The part of a declaration that must be given; aliases, arguments, options, facts and guide are optional. */
export interface DeclarationInput<O extends Options, A extends Options> {
  readonly kind: Kind
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  readonly arguments?: A
  readonly variadic?: boolean
  readonly options?: O
  readonly facts?: Facts
  readonly guide?: readonly Advice[]
}

/** A function or a value that carries its declaration. */
export type Declared<F, O extends Options = Options, A extends Options = Options> = F & {
  readonly declaration: Declaration<O, A>
}

type NoOptions = { readonly [name: string]: never }

/**
 * Checks the options of a call and fills in the defaults. If the factory has arguments before its options, these are
 * passed by name as a second record, and are checked as well.
 */
export type Read<O extends Options, A extends Options> = (
  options: OptionsOf<O>,
  ...positional: [keyof A] extends [never] ? [] : [args: { readonly [K in keyof A]: unknown }]
) => Filled<O> & Filled<A>

const complete = <O extends Options, A extends Options>(input: DeclarationInput<O, A>): Declaration<O, A> => ({
  kind: input.kind,
  name: input.name,
  aliases: input.aliases ?? [],
  summary: input.summary,
  arguments: input.arguments ?? ({} as A),
  variadic: input.variadic ?? false,
  options: input.options ?? ({} as O),
  facts: input.facts ?? {},
  guide: input.guide ?? [],
})

/**
 * Makes a factory that carries its declaration.
 *
 * `make` receives `read`, which checks the options of a call by the declaration and fills in the defaults, and returns
 * the function that users call. That function keeps its type: it may be generic, asynchronous, and take arguments
 * before its options.
 *
 * @example
 * const options = { directions: integer({ min: 1, default: 1, help: 'directions per step (K)' }) }
 * const rfg = defineFactory(
 *   { kind: 'estimator', name: 'rfg', summary: 'random forward gradient', options },
 *   (read) => (settings: OptionsOf<typeof options> = {}) => {
 *     const { directions } = read(settings)
 *     return { name: 'rfg', directions }
 *   },
 * )
 * rfg({ directions: 8 }).directions // 8
 * rfg.declaration.options.directions.help // 'directions per step (K)'
 */
/* @__NO_SIDE_EFFECTS__ */
export function defineFactory<
  F extends (...args: never[]) => unknown,
  const O extends Options = Record<never, never>,
  const A extends Options = Record<never, never>,
>(input: DeclarationInput<O, A>, make: (read: Read<O, A>) => F): Declared<F, O, A> {
  const declaration = complete(input)
  const { name, options, arguments: args } = declaration
  const read = (settings: object, positional: object = {}) => ({
    ...readOptions(name, options, settings),
    ...fill(name, args, positional),
  })
  return Object.defineProperties(make(read as Read<O, A>), {
    name: { value: name, configurable: true },
    declaration: { value: declaration, enumerable: true },
  }) as Declared<F, O, A>
}

/**
 * A value that carries its declaration: a distribution, a readout, anything that is used directly and not made from
 * options.
 *
 * @example
 * const gaussian = defineValue({ kind: 'distribution', name: 'gaussian', summary: 'independent N(0, 1)' }, { sample })
 */
/* @__NO_SIDE_EFFECTS__ */
export function defineValue<V extends object>(
  input: Omit<DeclarationInput<NoOptions, NoOptions>, 'arguments' | 'options'>,
  value: V,
): Declared<V, NoOptions, NoOptions> {
  const declaration: Declaration<NoOptions, NoOptions> = complete(input)
  return Object.assign(value, { declaration })
}

/** Whether a value carries a declaration, of this kind if one is named. True for those of any copy of this package. */
export function isDeclared(value: unknown, kind?: Kind): value is Declared<object> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || !('declaration' in value))
    return false
  const { declaration } = value
  if (typeof declaration !== 'object' || declaration === null) return false
  const { kind: own, name, summary, options } = declaration as Readonly<Record<string, unknown>>
  const whole =
    typeof name === 'string' && typeof summary === 'string' && typeof options === 'object' && options !== null
  return whole && typeof own === 'string' && (kind === undefined || own === kind)
}

/**
 * The exports of a kind of a package, by name, so that a command line or a page needs no separate list. Exports without
 * a declaration, and those of other kinds, are omitted.
 *
 * @param exports a module's namespace: `import * as all from …`
 * @example
 * Object.keys(declaredIn(all, 'surrogate')) // ['atan', 'boxcar', …]
 */
export function declaredIn(
  exports: Readonly<Record<string, unknown>>,
  kind: Kind,
): Readonly<Record<string, Declared<object>>> {
  const factories: Record<string, Declared<object>> = {}
  for (const value of Object.values(exports)) {
    if (isDeclared(value, kind)) factories[value.declaration.name] = value
  }
  return factories
}

/**
 * A declared name as command lines, configurations and stored runs write it.
 *
 * @example
 * kebabCase('mexicanHat') // 'mexican-hat'
 * kebabCase('poisson1d') // 'poisson-1d'
 */
export const kebabCase = (name: string): string =>
  name.replaceAll(/(?<=[a-z])[A-Z]|(?<=[a-z])\d+|(?<=\d)[A-Z]/g, (part) => `-${part.toLowerCase()}`)
