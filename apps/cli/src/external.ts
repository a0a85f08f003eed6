/** Things out of packages that this one does not know: `package#name`. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { nearest } from './nearest.js'
import { usageError } from './usage.js'

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

/**
 * Loads `package#name`, a factory that a package exports, and calls it with `options`.
 *
 * @param what for messages: estimator, backend
 * @param fits whether what came out is such a thing
 * @param folder where the package is looked for: the folder that the command runs in
 * @throws CLI_PACKAGE where the package cannot be loaded, has no such export, or gives something else
 */
export async function loadExternal<T>(
  what: string,
  name: string,
  options: Readonly<Record<string, unknown>>,
  fits: (value: unknown) => value is T,
  folder = process.cwd(),
): Promise<T> {
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
  if (typeof factory !== 'function') {
    const names = Object.keys(module)
    const guess = nearest(exported, names)
    throw usageError(
      'CLI_PACKAGE',
      `${specifier} exports no factory called "${exported}"${guess === null ? '' : `; did you mean "${guess}"?`} It exports: ${names.join(', ') || 'nothing'}`,
    )
  }
  const made: unknown = await (factory as (o: Readonly<Record<string, unknown>>) => unknown)(options)
  if (!fits(made))
    throw usageError(
      'CLI_PACKAGE',
      `${name} gives no ${what}: the factory's result lacks what one has; see the contract in @spikeward/core`,
    )
  return made
}
