/** Names of factories in packages that the command does not know: `package#name`, `./file.ts#name`. */
import { shorten } from '../usage/pick.js'
import { usageError } from '../usage/usageError.js'

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

const pattern = /[^\s(),=[\]:]+#\w+/g

export const referencesIn = (text: string): readonly string[] =>
  text.length > 10_000 ? [] : (text.match(pattern) ?? [])

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
  if (at < 0 || specifier === '' || exported === '') {
    throw usageError(
      'CLI_PACKAGE',
      `"${shorten(text)}" names no ${what} of a package; write package#name or ./file.ts#name`,
    )
  }
  return { text, what, specifier, exported }
}

/** Whether a problem is an equation in a file: `./heat.json`. */
export const isEquationFile = (problem: string): boolean => problem.endsWith('.json')
