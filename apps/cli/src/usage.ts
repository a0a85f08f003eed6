import { SpikewardError } from '@spikeward/core'
import { nearest } from './nearest.js'

/** Codes that mean wrong usage (exit code 2): what was asked for cannot be done as asked, and nothing was written. */
const usageCodes = new Set(['CLI_USAGE', 'CLI_UNKNOWN_NAME', 'CLI_BAD_VALUE', 'CLI_FOLDER_IN_USE', 'CLI_PACKAGE'])

/** Codes that are never wrong usage: what was asked for is right, and this machine, a file or another process is in the way. */
const failureCodes = new Set([
  'NATIVE_UNAVAILABLE',
  'DATA_CORRUPT',
  'DATA_CACHE',
  'DATA_NOT_FINITE',
  'SOLVER_DIVERGED',
  'RUN_FOLDER_BUSY',
])

/** An error of usage: `what` is wrong, why, and what to do. */
export function usageError(code: string, message: string, cause?: unknown): SpikewardError {
  usageCodes.add(code)
  return new SpikewardError(code, message, cause === undefined ? undefined : { cause })
}

/** Whether the error is one of usage. */
export function isUsageError(error: unknown): boolean {
  return error instanceof SpikewardError && usageCodes.has(error.code)
}

/** Runs `build` and turns every error of the library into one of usage: for what is put together before anything is written. */
export async function asUsage<T>(build: () => T | Promise<T>): Promise<T> {
  try {
    return await build()
  } catch (error) {
    if (error instanceof SpikewardError && !failureCodes.has(error.code)) usageCodes.add(error.code)
    throw error
  }
}

/** The value under a name in a record, or an error of usage that suggests the nearest name. */
export function pick<T>(what: string, name: string, known: Readonly<Record<string, T>>): T {
  const found = Object.hasOwn(known, name) ? known[name] : undefined
  if (found !== undefined) return found
  const names = Object.keys(known)
  const guess = nearest(name, names)
  throw usageError(
    'CLI_UNKNOWN_NAME',
    `no ${what} is called "${name}"${guess === null ? '.' : `; did you mean "${guess}"?`} Known: ${names.join(', ')}`,
  )
}
