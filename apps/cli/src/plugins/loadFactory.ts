/** Things out of packages that this one does not know: `package#name`. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { nearest } from '../usage/nearest.js'
import { usageError } from '../usage/usageError.js'

/** Whether the name is of a thing in a package: `package#name`. */
export const isExternal = (name: string): boolean => name.includes('#')

/** The entry that `exports` of a package.json names for an ES module import of the package itself. */
function entryOf(exports: unknown): string | null {
  if (typeof exports === 'string') return exports
  if (typeof exports !== 'object' || exports === null) return null
  const record = exports as Readonly<Record<string, unknown>>
  for (const condition of ['.', 'node', 'import', 'default']) {
    if (condition in record) return entryOf(record[condition])
  }
  return null
}

/** Where a package is: as a path relative to `folder`, installed above `folder`, or installed beside this program. */
function locate(specifier: string, folder: string): string {
  if (/^\.{0,2}\//.test(specifier)) return pathToFileURL(resolve(folder, specifier)).href
  try {
    return pathToFileURL(createRequire(join(folder, 'package.json')).resolve(specifier)).href
  } catch {
    // A package for ES modules alone, or one that is not there: look by hand.
  }
  for (let at = folder; ; at = dirname(at)) {
    const home = join(at, 'node_modules', specifier)
    if (existsSync(join(home, 'package.json'))) {
      const description = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
        exports?: unknown
        main?: string
      }
      return pathToFileURL(join(home, entryOf(description.exports) ?? description.main ?? 'index.js')).href
    }
    if (dirname(at) === at) return specifier
  }
}

/** A factory out of a package, by its name there. */
export type Factory = (options: Readonly<Record<string, unknown>>) => unknown

/**
 * Loads `package#name`, a factory that a package exports.
 *
 * @param what for messages: estimator, neuron, surrogate, backend
 * @param folder where the package is looked for: the folder that the command runs in
 * @throws CLI_PACKAGE where the package cannot be loaded or has no such export
 */
export async function loadFactory(what: string, name: string, folder = process.cwd()): Promise<Factory> {
  const at = name.indexOf('#')
  const [specifier, exported] = [name.slice(0, at), name.slice(at + 1)]
  if (specifier === '' || exported === '') {
    throw usageError('CLI_PACKAGE', `"${name}" names no ${what} of a package; write package#name`)
  }
  const module = (await import(locate(specifier, folder)).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw usageError(
      'CLI_PACKAGE',
      `the package of ${what} "${name}" cannot be loaded: ${reason}; install ${specifier} in this folder`,
      cause,
    )
  })) as Readonly<Record<string, unknown>>
  const factory = module[exported]
  if (typeof factory === 'function') return factory as Factory
  const names = Object.keys(module)
  const guess = nearest(exported, names)
  throw usageError(
    'CLI_PACKAGE',
    `${specifier} exports no factory called "${exported}"${guess === null ? '' : `; did you mean "${guess}"?`} It exports: ${names.join(', ') || 'nothing'}`,
  )
}

/**
 * What came out of a factory, if it is what was asked for.
 *
 * @param fits whether it is such a thing
 * @throws CLI_PACKAGE where it is something else
 */
export function fitting<T>(what: string, name: string, made: unknown, fits: (value: unknown) => value is T): T {
  if (fits(made)) return made
  throw usageError(
    'CLI_PACKAGE',
    `${name} gives no ${what}: the factory's result lacks what one has; see the contract in @spikeward/core`,
  )
}

/**
 * Loads `package#name` and calls it with `options`, see {@link loadFactory} and {@link fitting}.
 *
 * @throws CLI_PACKAGE
 */
export async function loadExternal<T>(
  what: string,
  name: string,
  options: Readonly<Record<string, unknown>>,
  fits: (value: unknown) => value is T,
  folder = process.cwd(),
): Promise<T> {
  const factory = await loadFactory(what, name, folder)
  return fitting(what, name, await factory(options), fits)
}

/** Whether a record has functions of these names: what is asked of things that packages bring. */
export const hasMethods = (value: unknown, ...names: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  names.every((n) => typeof (value as Record<string, unknown>)[n] === 'function')
