import { type Declared, isDeclared } from '@spikeward/core'
import { type Reference, pluginError, referenceOf, referencesIn, thrownBy, withinSeconds } from './reference.js'
import { nearest } from '../usage/pick.js'
import { usageError } from '../usage/usageError.js'
import { host } from '#host'

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

const attempt = async (name: string): Promise<Attempt> => {
  try {
    return { factory: await loadFactory(referenceOf('plug-in', name)) }
  } catch (error) {
    return { error }
  }
}

/**
 * The factories of packages and files that occur anywhere in a command line. An error is returned and not thrown, because a
 * text with `#` may be no name: the command that uses the name reports the error.
 */
export async function pluginsIn(args: readonly string[]): Promise<Plugins> {
  const attempts = await Promise.all([...new Set(args.flatMap(referencesIn))].map(attempt))
  return {
    declared: attempts.flatMap((one) => ('factory' in one && isDeclared(one.factory) ? [one.factory] : [])),
    errors: attempts.flatMap((one) => ('error' in one ? [one.error] : [])),
  }
}
