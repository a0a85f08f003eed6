import { SpikewardError, UnavailableError } from '@spikeward/core'
import { distance } from 'fastest-levenshtein'
import words from './otherWords.json' with { type: 'json' }

/** A usage error (exit code 2): the command cannot be executed as given, and nothing was written. */
export class UsageError extends SpikewardError {}

/** Codes that are never usage errors: the request is valid; this machine, a file or another process prevents it. */
const failureCodes: ReadonlySet<string> = new Set([
  'NO_BACKEND',
  'DATA_CORRUPT',
  'DATA_CACHE',
  'DATA_NOT_FINITE',
  'DATA_BUDGET',
  'DISK_FULL',
  'SOLVER_DIVERGED',
  'RUN_FOLDER_BUSY',
])

/** Whether an error prevents a valid request: this machine lacks a backend, or see above. */
const isFailure = (error: SpikewardError): boolean => error instanceof UnavailableError || failureCodes.has(error.code)

/** A usage error: `message` states what is wrong, why, and what to do. */
export function usageError(code: string, message: string, cause?: unknown): UsageError {
  return new UsageError(code, message, cause === undefined ? undefined : { cause })
}

/** The message of a coded error without the code at its end. */
export const messageOf = ({ code, message }: SpikewardError): string => message.replace(` [${code}]`, '')

/**
 * Runs `build` and turns every error of the library into a usage error. Use it for everything that is assembled before
 * anything is written.
 */
export async function asUsage<T>(build: () => T | Promise<T>): Promise<T> {
  try {
    return await build()
  } catch (error) {
    if (!(error instanceof SpikewardError) || error instanceof UsageError || isFailure(error)) throw error
    throw usageError(error.code, messageOf(error), error)
  }
}

/** Exit codes of the command. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const

/** One of them. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

const asPath = (name: string): string => (/[\\/]/.test(name) ? name : `./${name}`)

/**
 * The value under a name in a record.
 *
 * @param what the kind of value that the error names: problem, estimator, network
 * @param others further names to suggest, which the list of the known ones leaves out
 * @throws CLI_UNKNOWN_NAME, which suggests the nearest name and lists all of them
 */
export function pick<T>(
  what: string,
  name: string,
  known: Readonly<Record<string, T>>,
  others: readonly string[] = [],
): T {
  const value = Object.hasOwn(known, name) ? known[name] : undefined
  if (value !== undefined) return value
  const names = Object.keys(known)
  const guess = name.length > 100 ? null : nearest(name, [...names, ...others])
  const isModule = /\.[mc]?[jt]s$/.test(name)
  const ofFile = what === 'problem' ? 'FILE.json for an equation, or FILE.ts#NAME for an export' : 'FILE.ts#NAME'
  throw usageError(
    'CLI_UNKNOWN_NAME',
    isModule
      ? `no ${what} is called "${shorten(name)}"; name the export of the file as well: ${shorten(asPath(name))}#NAME`
      : /[\\/]/.test(name)
        ? `no ${what} is called "${shorten(name)}"; one of a file is ${ofFile}`
        : `no ${what} is called "${shorten(name)}"${guess === null ? '.' : `; did you mean "${guess}"?`} Known: ${names.join(', ')}`,
  )
}

/** Text as a message shows it: whole if it is short, else its beginning and the number of remaining characters. */
export function shorten(text: string, most = 60): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} more characters)`
}

/** The name of a flag as it is typed: `learningRate` as `learning-rate`. */
export const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, '')

const letters = (name: string): string => [...name].sort().join('')

/** Words of other tools, and the names here that mean the same, the likeliest first. */
export const otherWords: Readonly<Record<string, readonly string[]>> = words

/** The known name that a word of another tool means, such as `hidden` for `layers`; null if there is none. */
export function inOtherWords(name: string, known: readonly string[]): string | null {
  const word = plain(name)
  return (Object.hasOwn(otherWords, word) ? otherWords[word]! : []).find((other) => known.includes(other)) ?? null
}

/**
 * The known name that is meant: the same word of another tool, such as `lr` for `learning-rate`, else the most similar
 * name: one that begins with it, has it as a part (`hat` of `mexican-hat`), differs in at most about two letters in
 * five, or has the same letters in another order; null if there is none.
 */
export function nearest(name: string, known: readonly string[]): string | null {
  const word = plain(name)
  const same = inOtherWords(name, known)
  if (same !== null) return same
  let best: string | null = null
  let least = Infinity
  for (const candidate of known) {
    const other = plain(candidate)
    const apart = letters(word) === letters(other) ? Math.min(1, distance(word, other)) : distance(word, other)
    const begins =
      word.length >= 3 && other.startsWith(word) ? 0.5 : other.length >= 3 && word.startsWith(other) ? 2 : apart
    const isPart = word.length >= 3 && candidate.toLowerCase().split(/[-_ ]/).includes(word)
    const score = Math.min(apart, begins, isPart ? 0.75 : Infinity)
    if (score > Math.max(1, Math.floor(0.4 * Math.max(name.length, candidate.length))) || score >= least) continue
    least = score
    best = candidate
  }
  return best
}
