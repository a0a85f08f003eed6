import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire, register } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Reference, isPath, reasonOf, withinSeconds } from '../../plugins/reference.js'
import { usageError } from '../../usage/usageError.js'

const absent = ({ what, text, specifier }: Reference): Error =>
  usageError(
    'CLI_PACKAGE',
    isPath(specifier)
      ? `the file of the ${what} "${text}" does not exist: ${specifier}; give its path from this folder`
      : `the package of the ${what} "${text}" cannot be loaded: it is not installed; install ${specifier} in this folder`,
  )

/** The hooks of the module loader. As sources run, in tests, the runner itself finds modules. */
const hooks = new URL('./node/plugins/moduleHooks.js', import.meta.url)

let isRegistered = !existsSync(hooks)

function registerHooks(): void {
  if (!isRegistered) register(hooks)
  isRegistered = true
}

export async function loadModule(reference: Reference, folder: string): Promise<Readonly<Record<string, unknown>>> {
  const { specifier, what, text } = reference
  const url = locate(specifier, folder)
  if (url === null && isPath(specifier)) throw absent(reference)
  registerHooks()
  try {
    // A package that is not installed here may be installed next to this program.
    const late = (seconds: number): Error =>
      new Error(`it waits for something at its top level, and was not done after ${seconds} s`)
    return (await withinSeconds(import(url ?? specifier), late)) as Readonly<Record<string, unknown>>
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException | null)?.code
    if (url === null) throw absent(reference)
    if (code === 'ERR_MODULE_NOT_FOUND')
      throw usageError(
        'CLI_PACKAGE',
        `${specifier}, which holds the ${what} "${text}", imports something that is not installed in its folder: ${reasonOf(cause)}; install it in the folder of ${specifier}`,
        cause,
      )
    throw usageError(
      'CLI_PACKAGE',
      `${specifier}, which contains the ${what} "${text}", fails to load: ${reasonOf(cause)}; correct it there`,
      cause,
    )
  }
}

/** The entry that the `exports` of a package.json define for an ES module import of the package itself. */
function entryOf(exports: unknown): string | null {
  if (typeof exports === 'string') return exports
  if (typeof exports !== 'object' || exports === null) return null
  const record = exports as Readonly<Record<string, unknown>>
  for (const condition of ['.', 'node', 'import', 'default']) if (condition in record) return entryOf(record[condition])
  return null
}

/** The URL of a file, or of the entry of a package that is installed in `folder` or above it; null if there is none. */
export function locate(specifier: string, folder: string): string | null {
  if (isPath(specifier)) {
    const path = resolve(folder, specifier)
    const facts = statSync(path, { throwIfNoEntry: false })
    // Node would read a pipe or a device without end.
    return facts?.isFile() || facts?.isDirectory() ? pathToFileURL(path).href : null
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
