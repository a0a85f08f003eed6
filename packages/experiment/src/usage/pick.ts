import { nearest } from './nearest.js'
import { usageError } from './usageError.js'

/** A file as its exports are named: a name without a folder would be a package. */
const asPath = (name: string): string => (/[\\/]/.test(name) ? name : `./${name}`)

/**
 * The value under a name in a record.
 *
 * @param what for the message: problem, estimator, network
 * @param others further names to suggest, which the list of the known ones leaves out
 * @throws CLI_UNKNOWN_NAME, which suggests the nearest name and lists all of them
 */
export function pick<T>(
  what: string,
  name: string,
  known: Readonly<Record<string, T>>,
  others: readonly string[] = [],
): T {
  const found = Object.hasOwn(known, name) ? known[name] : undefined
  if (found !== undefined) return found
  const names = Object.keys(known)
  const guess = name.length > 100 ? null : nearest(name, [...names, ...others])
  const isFile = /[\\/]|\.[mc]?[jt]s$/.test(name)
  throw usageError(
    'CLI_UNKNOWN_NAME',
    isFile
      ? `no ${what} is called "${shorten(name)}"; name the export of the file as well: ${shorten(asPath(name))}#NAME`
      : `no ${what} is called "${shorten(name)}"${guess === null ? '.' : `; did you mean "${guess}"?`} Known: ${names.join(', ')}`,
  )
}

/** Text as a message shows it: whole if it is short, else its beginning and the number of remaining characters. */
export function shorten(text: string, most = 60): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} more characters)`
}

/** The name of a flag as it is typed: `learningRate` as `learning-rate`. */
export const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)
