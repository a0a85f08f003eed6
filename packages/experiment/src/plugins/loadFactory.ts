import { isDeclared } from '@spikeward/core'
import type { Declared } from '@spikeward/core'
import { nearest, usageError } from '@spikeward/experiment'
import { locate } from '../node/plugins/locate.js'
import { pluginError, reasonOf, thrownBy } from './pluginError.js'
import { isPath } from './reference.js'
import type { Reference } from './reference.js'
import { withinSeconds } from './withinSeconds.js'

/** An export of a package that makes a record from options. */
export type Factory = (options: Readonly<Record<string, unknown>>) => unknown

/** Anything that can be loaded by name: a function, or a declared value, such as a distribution. */
export type Loaded = Factory | Declared<object>

type Exports = Readonly<Record<string, unknown>>

const absent = ({ what, text, specifier }: Reference): Error =>
  usageError(
    'CLI_PACKAGE',
    isPath(specifier)
      ? `the file of the ${what} "${text}" does not exist: ${specifier}; give its path from this folder`
      : `the package of the ${what} "${text}" cannot be loaded: it is not installed; install ${specifier} in this folder`,
  )

async function load(reference: Reference, folder: string): Promise<Exports> {
  const { specifier, what, text } = reference
  const url = locate(specifier, folder)
  await import('../node/plugins/registerHooks.js')
  try {
    // A package that is not installed here may be installed next to this program.
    const late = (seconds: number): Error =>
      new Error(`it waits for something at its top level, and was not done after ${seconds} s`)
    return (await withinSeconds(import(url ?? specifier), late)) as Exports
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException | null)?.code
    if (url === null && (code === 'ERR_MODULE_NOT_FOUND' || isPath(specifier))) throw absent(reference)
    if (url === null) throw absent(reference)
    if (code === 'ERR_MODULE_NOT_FOUND') {
      throw usageError(
        'CLI_PACKAGE',
        `${specifier}, which holds the ${what} "${text}", imports something that is not installed in its folder: ${reasonOf(cause)}; install it in the folder of ${specifier}`,
        cause,
      )
    }
    throw usageError(
      'CLI_PACKAGE',
      `${specifier}, which contains the ${what} "${text}", fails to load: ${reasonOf(cause)}; correct it there`,
      cause,
    )
  }
}

/**
 * Another export of a package or a file next to its factory; undefined if there is no such export.
 *
 * @throws CLI_PACKAGE if the package cannot be loaded
 */
export async function loadExport(reference: Reference, name: string, folder = process.cwd()): Promise<unknown> {
  const module = await load(reference, folder)
  return Object.hasOwn(module, name) ? module[name] : undefined
}

const isClass = (value: object): boolean => /^class\b/.test(Function.prototype.toString.call(value))

/**
 * Loads the factory that `package#name` or `./file.ts#name` names.
 *
 * @param folder where packages and files are searched: the folder that the command runs in
 * @throws CLI_PACKAGE if the package cannot be loaded or has no such export; CLI_PLUGIN if it exports a class
 */
export async function loadFactory(reference: Reference, folder = process.cwd()): Promise<Loaded> {
  const { specifier, exported } = reference
  const module = await load(reference, folder)
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
  if (factory !== undefined) {
    throw usageError(
      'CLI_PACKAGE',
      `"${exported}" of ${specifier} is ${factory === null ? 'null' : `of type ${typeof factory}`}, but a function that makes the ${reference.what} from options is needed; export () => ${exported}`,
    )
  }
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
