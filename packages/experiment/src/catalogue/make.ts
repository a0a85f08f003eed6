import { host } from '#host'
import { construct, isDeclared, kebabCase, onlyDeclared, readOptions } from '@spikeward/core'
import type { Backend, Key, Kind, Resolve, Tensor } from '@spikeward/core'
import { checkInstance } from '../plugins/guard.js'
import {
  callFactory,
  callPlugin,
  isEquationFile,
  isExternal,
  loadFactory,
  loadReferences,
  pluginError,
  referenceOf,
  thrownBy,
} from '../plugins/reference.js'
import type { Factory as PlainFactory, Reference } from '../plugins/reference.js'
import { pick, usageError } from '../usage/usageError.js'
import { type Factories, type Factory, type ListName, factories, hasList, lookUp, whyAbsent } from './factories.js'
import { type Expression, parseExpression } from './notation/expression.js'
import { type OptionValues, appliedTo, decodeValues } from './optionValues.js'

export const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : []

/**
 * Finds what options name, such as a distribution: `gaussian`, `package#name`. Packages that the values name are loaded
 * before, since a value is read at once.
 */
export async function resolverFor(...values: readonly unknown[]): Promise<Resolve> {
  const references = await loadReferences('value', values.flatMap(textsIn))
  const external = (kind: Kind, name: string, options: Expression['options']): unknown => {
    const plugin = referenceOf(kind, name)
    const attempt = references.get(name)
    if (attempt === undefined || 'error' in attempt) throw attempt?.error
    const { factory: loaded } = attempt
    if (!isDeclared(loaded)) return callPlugin(plugin, 'the factory', () => loaded(options))
    const { declaration } = loaded
    if (declaration.kind !== kind)
      throw pluginError(plugin, `it declares the kind ${declaration.kind}, but kind ${kind} is needed`)
    return callPlugin(plugin, 'the factory', () => valueOf(loaded, decodeValues(loaded, options, resolve)))
  }
  const resolve: Resolve = (kind, text) => {
    if (!hasList(kind))
      throw usageError('CLI_BAD_VALUE', `a ${kind} cannot be named on the command line; leave out the option`)
    const { name, options } = parseExpression(kind, text)
    if (isExternal(name)) return external(kind, name, options)
    const factory = knownFactory(kind, name)
    return valueOf(factory, decodeValues(factory, options, resolve))
  }
  return resolve
}

type Encoded = { readonly steps: number; readonly key?: Key }

/**
 * Calls the factory that an option names; the result is the option's value. An encoder also needs the values that it
 * encodes, so it becomes a function `(x, { steps, key })` with its own options filled in.
 */
function valueOf(factory: Factory, values: Readonly<Record<string, unknown>>): unknown {
  if (factory.declaration.kind !== 'encoder') return construct(factory, values)
  return (x: Tensor, own: Encoded): unknown => construct(factory, { ...onlyDeclared(factory, own), ...values, x })
}

/** An expression that names one factory with its options and contains nothing else in its parentheses. */
export function leafOf(what: string, text: string): Expression {
  const expression = parseExpression(what, text)
  if (expression.args.length === 0) return expression
  throw usageError(
    'CLI_USAGE',
    `the ${what} ${expression.name} takes only options, such as ${expression.name}(name=value)`,
  )
}

/** Calls a factory with values by flag and the options in parentheses, which override them. */
export async function makeFrom(
  entry: NamedFactory,
  values: OptionValues,
  options: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  if (entry.factory === null) return callFactory(entry.plugin, entry.plain, { ...values, ...options })
  const { plugin } = entry
  const resolve = await resolverFor(values, options)
  if (plugin === null) return makeFromNow(entry, values, options, resolve)
  try {
    return await madeOf(entry.factory, values, options, resolve)
  } catch (thrown) {
    throw thrownBy(plugin, 'the factory', thrown)
  }
}

/** The synchronous version, for a factory that is called while a step is traced. */
export function makeFromNow(
  entry: NamedFactory,
  values: OptionValues,
  options: Readonly<Record<string, unknown>>,
  resolve: Resolve,
): unknown {
  if (entry.factory === null) {
    const { plugin, plain } = entry
    return callPlugin(plugin, 'the factory', () => plain({ ...values, ...options }))
  }
  const { factory, plugin } = entry
  const make = (): unknown => madeOf(factory, values, options, resolve)
  return plugin === null ? make() : callPlugin(plugin, 'the factory', make)
}

type Making = readonly [
  factory: Factory,
  values: OptionValues,
  options: Readonly<Record<string, unknown>>,
  resolve: Resolve,
]

function decoded(...[factory, values, options, resolve]: Making): Readonly<Record<string, unknown>> {
  const applied = appliedTo(factory, values)
  // An option that is omitted in the parentheses has the value of its flag, if there is one.
  const instead = Object.fromEntries(Object.entries(applied).filter(([name]) => Object.hasOwn(options, name)))
  return decodeValues(factory, { ...applied, ...options }, resolve, instead)
}

const madeOf = (...how: Making): unknown => construct(how[0], decoded(...how))

/**
 * The values of all options with which a factory is called: of flags, in parentheses, which override them, and the
 * defaults.
 */
export function filledOptions(...how: Making): Readonly<Record<string, unknown>> {
  const { name, options } = how[0].declaration
  const supplied = Object.entries(decoded(...how)).filter(([option]) => Object.hasOwn(options, option))
  return readOptions(name, options, Object.fromEntries(supplied))
}

/** Calls the factory of a kind that a text names, such as `atan(alpha=4)` or `package#name`, from values by flag. */
export async function makeByName(
  kind: ListName & Kind,
  text: string,
  values: OptionValues,
): Promise<{ readonly made: unknown; readonly named: NamedFactory }> {
  const { name, options } = leafOf(kind, text)
  const entry = await findFactory(kind, name)
  return { made: await makeFrom(entry, values, options), named: entry }
}

export type NamedFactory =
  | { readonly name: string; readonly factory: Factory; readonly plugin: null }
  | { readonly name: string; readonly factory: Factory; readonly plugin: Reference }
  /** A factory of a package without a declaration. It receives all options that nothing else accepts. */
  | { readonly name: string; readonly factory: null; readonly plain: PlainFactory; readonly plugin: Reference }

const inWords = (kind: ListName): string => kebabCase(kind).replaceAll('-', ' ')

type Lists = readonly [ListName & Kind, ...ListName[]]

export function knownFactory(kinds: ListName | Lists, name: string): Factory {
  const lists: readonly ListName[] = typeof kinds === 'string' ? [kinds] : kinds
  const entry = lookUp(lists, name)
  if (entry !== null) return entry.factory
  const why = whyAbsent(name)
  if (why !== null) throw usageError('CLI_UNKNOWN_NAME', `${name} ${why}; use it in a program, or choose another`)
  // The error lists the names of all lists.
  return pick(inWords(lists[0]!), name, Object.assign({}, ...lists.map((kind) => factories[kind])) as Factories)
}

/** The kind whose declaration a list holds: wrappers of neuron models are neuron models themselves. */
const kindOf = (list: ListName): Kind => (list === 'neuronCombinator' ? 'neuron' : list)

function equationIn(path: string): NamedFactory {
  const plugin: Reference = { text: path, what: 'problem', specifier: path, exported: '' }
  return { name: path, factory: null, plain: () => host.equation(host.absolutePath(path)), plugin }
}

/**
 * The factory of a name, loaded if it belongs to a package: `rfg`, `package#name`, `./file.ts#name`.
 *
 * @param kinds the requested kind, or several if others fit as well
 * @throws CLI_UNKNOWN_NAME, CLI_PACKAGE, CLI_PLUGIN
 */
export async function findFactory(kinds: (ListName & Kind) | Lists, name: string): Promise<NamedFactory> {
  if (kinds === 'problem' && isEquationFile(name)) return equationIn(name)
  if (!isExternal(name)) return { name, factory: knownFactory(kinds, name), plugin: null }
  const lists: Lists = typeof kinds === 'string' ? [kinds] : kinds
  const plugin = referenceOf(inWords(lists[0]), name)
  const loaded = await loadFactory(plugin)
  if (!isDeclared(loaded)) return { name, factory: null, plain: loaded, plugin }
  const { declaration } = loaded
  if (lists.map(kindOf).includes(declaration.kind)) return { name, factory: loaded, plugin }
  throw pluginError(plugin, `it declares the kind ${declaration.kind}, but kind ${lists[0]} is needed`)
}

/** The name of the fastest backend of the machine. */
export const AUTO = 'auto'

/**
 * Opens a backend by its notation: `native`, `native(instructionSet=avx2)`, `package#name`.
 *
 * @param threads null: the backend's default; a backend without threads ignores it
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_USAGE, CLI_PACKAGE, CLI_PLUGIN; those of the backend
 */
export async function openBackend(text: string, threads: number | null): Promise<Backend> {
  const { made, named } = await makeByName('backend', text, threads === null ? {} : { threads })
  if (named.plugin !== null) checkInstance(named.plugin, made, ['compile', 'allocate', 'stats'])
  return made as Backend
}

/**
 * The largest number of threads allowed: more threads than the machine has only slow it down. Two are allowed
 * everywhere, so that results can be compared with those of one.
 */
export const maxThreads = (): number => Math.max(2, host.threads())
