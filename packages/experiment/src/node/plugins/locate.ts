import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isPath } from '../../plugins/reference.js'

/** The entry that the `exports` of a package.json define for an ES module import of the package itself. */
function entryOf(exports: unknown): string | null {
  if (typeof exports === 'string') return exports
  if (typeof exports !== 'object' || exports === null) return null
  const record = exports as Readonly<Record<string, unknown>>
  for (const condition of ['.', 'node', 'import', 'default']) {
    if (condition in record) return entryOf(record[condition])
  }
  return null
}

/**
 * The URL of a file, or of the entry of a package that is installed in `folder` or above it; null if there is none.
 *
 * @param specifier a package, or a path relative to `folder`
 */
export function locate(specifier: string, folder: string): string | null {
  if (isPath(specifier)) {
    const path = resolve(folder, specifier)
    const found = statSync(path, { throwIfNoEntry: false })
    // Node would read a pipe or a device without end.
    return found?.isFile() || found?.isDirectory() ? pathToFileURL(path).href : null
  }
  try {
    return pathToFileURL(createRequire(join(folder, 'package.json')).resolve(specifier)).href
  } catch {
    // `require.resolve` does not find ES-module-only packages, so search for the manifest.
  }
  for (let at = folder; ; at = dirname(at)) {
    const home = join(at, 'node_modules', specifier)
    if (existsSync(join(home, 'package.json'))) {
      const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
        exports?: unknown
        main?: string
      }
      return pathToFileURL(join(home, entryOf(manifest.exports) ?? manifest.main ?? 'index.js')).href
    }
    if (dirname(at) === at) return null
  }
}
