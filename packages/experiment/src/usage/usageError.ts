import { SpikewardError, UnavailableError } from '@spikeward/core'

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
