/** Names of factories in packages that the command does not know: `package#name`, `./file.ts#name`. */
import { type Declared, SpikewardError, isDeclared } from '@spikeward/core'
import { type UsageError, messageOf, nearest, shorten, usageError } from '../usage/usageError.js'
import { host } from '#host'

export type Reference = {
  /** The text on the command line: `package#name`. */
  readonly text: string
  /** The kind of its result, for messages: estimator, neuron, surrogate, problem, backend. */
  readonly what: string
  /** The package, or the path of a file. */
  readonly specifier: string
  readonly exported: string
}

/** Whether a name refers to a package or a file: `package#name`. */
export const isExternal = (name: string): boolean => name.includes('#')

/** The references in a text. It is split into words first, so that the time grows linearly with its length. */
export const referencesIn = (text: string): readonly string[] =>
  text.split(/[\s(),=[\]:]+/).flatMap((word) => /^.+#\w+/.exec(word) ?? [])

export const isPath = (specifier: string): boolean => /^\.{0,2}\//.test(specifier)

/**
 * Reads `package#name`.
 *
 * @param what for messages: estimator, neuron, surrogate, problem, backend
 * @throws CLI_PACKAGE if one of the two parts is missing
 */
export function referenceOf(what: string, text: string): Reference {
  const at = text.indexOf('#')
  const [specifier, exported] = [text.slice(0, at), text.slice(at + 1)]
  if (at < 0 || specifier === '' || exported === '')
    throw usageError(
      'CLI_PACKAGE',
      `"${shorten(text)}" names no ${what} of a package; write package#name or ./file.ts#name`,
    )
  return { text, what, specifier, exported }
}

export const isEquationFile = (problem: string): boolean => problem.endsWith('.json')

const homeOf = ({ specifier }: Reference): string =>
  isPath(specifier) ? `the file ${specifier}` : `the package ${specifier}`

/** The first line of the message of a thrown value. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof SpikewardError ? messageOf(thrown) : thrown instanceof Error ? thrown.message : thrown
  return shorten(String(text).split('\n')[0] ?? '', 300) || 'no reason given'
}

/** The error for a plug-in that violates its contract. It names the plug-in and its package. */
export const pluginError = (plugin: Reference, wrong: string, cause?: unknown): UsageError =>
  usageError(
    'CLI_PLUGIN',
    `the ${plugin.what} ${plugin.text}: ${wrong}; correct it in ${homeOf(plugin)} according to the contract in @spikeward/core`,
    cause,
  )

/**
 * Runs a function of a plug-in. Its exceptions become errors that name the plug-in. A coded error of the library keeps
 * its code, so that an option that the plug-in refuses reads as every other refused option.
 *
 * @param part the function, for the message: `estimate`
 */
export function callPlugin<T>(plugin: Reference, part: string, call: () => T): T {
  let result: T
  try {
    result = call()
  } catch (thrown) {
    throw thrownBy(plugin, part, thrown)
  }
  if (!isThenable(result)) return result
  // The promise is abandoned here; its rejection would end the process.
  void Promise.resolve(result).catch(() => undefined)
  throw pluginError(plugin, `${part} returns a promise, but it must return its result synchronously`)
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

export function thrownBy(plugin: Reference, part: string, thrown: unknown): UsageError {
  if (thrown instanceof SpikewardError) {
    if (thrown.code === 'CLI_PLUGIN') return thrown
    return usageError(thrown.code, `the ${plugin.what} ${plugin.text}: ${messageOf(thrown)}`, thrown)
  }
  return pluginError(plugin, `${part} throws "${reasonOf(thrown)}"`, thrown)
}

/**
 * Time limit in seconds for loading a plug-in's module and calling its factory; some plug-ins download a model first.
 */
const SECONDS = 120

/**
 * Awaits a promise of a plug-in, which may never settle: the process would then end in silence, or wait for ever.
 *
 * @param late the error if it is not settled in time
 */
export async function withinSeconds<T>(
  promise: T,
  late: (seconds: number) => Error,
  seconds = SECONDS,
): Promise<Awaited<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late(seconds)), seconds * 1000)
  })
  try {
    return await Promise.race([promise, expired])
  } finally {
    clearTimeout(timer)
  }
}

/** An export of a package that makes a record from options. */
export type Factory = (options: Readonly<Record<string, unknown>>) => unknown

/** Anything that can be loaded by name: a function, or a declared value, such as a distribution. */
export type Loaded = Factory | Declared<object>

export async function loadExport(reference: Reference, name: string, folder?: string): Promise<unknown> {
  const module = await host.load(reference, folder)
  return Object.hasOwn(module, name) ? module[name] : undefined
}

const isClass = (value: object): boolean => /^class\b/.test(Function.prototype.toString.call(value))

/** Loads the factory that `package#name` or `./file.ts#name` names. */
export async function loadFactory(reference: Reference, folder?: string): Promise<Loaded> {
  const { specifier, exported } = reference
  const module = await host.load(reference, folder)
  const factory = Object.hasOwn(module, exported) ? module[exported] : undefined
  if (isDeclared(factory)) return factory
  if (typeof factory === 'function') {
    if (!isClass(factory)) return factory as Factory
    throw pluginError(
      reference,
      `it is a class, but a function that makes the ${reference.what} from options is needed`,
    )
  }
  const names = Object.keys(module)
  if (factory !== undefined)
    throw usageError(
      'CLI_PACKAGE',
      `"${exported}" of ${specifier} is ${factory === null ? 'null' : `of type ${typeof factory}`}, but a function that makes the ${reference.what} from options is needed; export () => ${exported}`,
    )
  const guess = nearest(exported, names)
  throw usageError(
    'CLI_PACKAGE',
    `${specifier} exports no factory called "${exported}"${guess === null ? '.' : `; did you mean "${guess}"?`} It exports: ${names.join(', ') || 'nothing'}`,
  )
}

/**
 * Calls a loaded factory and awaits its result.
 *
 * @param seconds how long its result may take; default 120
 * @throws CLI_PLUGIN, or the library's code if the factory refuses its options
 */
export async function callFactory(
  plugin: Reference,
  factory: Loaded,
  options: Readonly<Record<string, unknown>>,
  seconds?: number,
): Promise<unknown> {
  const late = (after: number): Error =>
    pluginError(plugin, `the factory returns a promise that was not settled after ${after} s`)
  try {
    return await withinSeconds(typeof factory === 'function' ? factory(options) : factory, late, seconds)
  } catch (thrown) {
    throw thrownBy(plugin, 'the factory', thrown)
  }
}

export type Plugins = { readonly declared: readonly Declared<object>[]; readonly errors: readonly unknown[] }

type Attempt = { readonly factory: Loaded } | { readonly error: unknown }

/**
 * Loads the factories of packages and files that texts name. It returns errors, because a text with `#` may be no name.
 */
export async function loadReferences(what: string, texts: readonly string[]): Promise<ReadonlyMap<string, Attempt>> {
  const attempt = async (name: string): Promise<readonly [string, Attempt]> => {
    try {
      return [name, { factory: await loadFactory(referenceOf(what, name)) }]
    } catch (error) {
      return [name, { error }]
    }
  }
  return new Map(await Promise.all([...new Set(texts.flatMap(referencesIn))].map(attempt)))
}

/**
 * The factories of packages and files that occur anywhere in a command line. An error is returned and not thrown,
 * because a text with `#` may be no name: the command that uses the name reports the error.
 */
export async function pluginsIn(args: readonly string[]): Promise<Plugins> {
  const attempts = [...(await loadReferences('plug-in', args)).values()]
  return {
    declared: attempts.flatMap((one) => ('factory' in one && isDeclared(one.factory) ? [one.factory] : [])),
    errors: attempts.flatMap((one) => ('error' in one ? [one.error] : [])),
  }
}
