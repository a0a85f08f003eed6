import { reasonOf, withinSeconds } from '../../plugins/pluginError.js'
import { isPath } from '../../plugins/reference.js'
import type { Reference } from '../../plugins/reference.js'
import { usageError } from '../../usage/usageError.js'
import { locate } from './locate.js'

const absent = ({ what, text, specifier }: Reference): Error =>
  usageError(
    'CLI_PACKAGE',
    isPath(specifier)
      ? `the file of the ${what} "${text}" does not exist: ${specifier}; give its path from this folder`
      : `the package of the ${what} "${text}" cannot be loaded: it is not installed; install ${specifier} in this folder`,
  )

/**
 * The exports of a package or a file.
 *
 * @param folder where it is searched
 * @throws CLI_PACKAGE
 */
export async function loadModule(reference: Reference, folder: string): Promise<Readonly<Record<string, unknown>>> {
  const { specifier, what, text } = reference
  const url = locate(specifier, folder)
  if (url === null && isPath(specifier)) throw absent(reference)
  await import('./registerHooks.js')
  try {
    // A package that is not installed here may be installed next to this program.
    const late = (seconds: number): Error =>
      new Error(`it waits for something at its top level, and was not done after ${seconds} s`)
    return (await withinSeconds(import(url ?? specifier), late)) as Readonly<Record<string, unknown>>
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException | null)?.code
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
