import { describe, it } from 'vitest'

/** One statement about a subject: `run` throws if it does not hold. */
export interface Check<T> {
  /** The heading under which it is listed. */
  readonly group: string
  readonly name: string
  /** Why the check does not apply to this subject and is skipped, or null. */
  skip?(subject: T): string | null
  /** The check calls the subject's factory twice and compares the results, so it must not be given a cached result. */
  readonly remakes?: true
  run(subject: T): Promise<void> | void
}

/** The error of a broken contract, with a message for the user. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure'
}

/** Throws a `CheckFailure` unless `holds`. */
export function ensure(holds: boolean, message: string | (() => string)): asserts holds {
  if (!holds) throw new CheckFailure(typeof message === 'string' ? message : message())
}

/** Runs every check and returns the failures by the checks' names, for tests that a defect is detected. */
export async function failuresOf<T>(checks: readonly Check<T>[], subject: T): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>()
  for (const check of checks) {
    if (check.skip?.(subject)) continue
    try {
      await check.run(subject)
    } catch (error) {
      failures.set(`${check.group}: ${check.name}`, error)
    }
  }
  return failures
}

/** Milliseconds after which a check counts as hanging: long enough for a busy machine. */
const timeout = 300_000

/** Registers the checks that apply to a subject as tests of vitest, a `describe` for every group. */
export function registerChecks<T>(checks: readonly Check<T>[], subject: T): void {
  const applicable = checks.filter((c) => !c.skip?.(subject))
  for (const group of new Set(applicable.map((c) => c.group))) {
    describe(group, () => {
      for (const check of applicable.filter((c) => c.group === group))
        it(check.name, { timeout }, () => check.run(subject))
    })
  }
}
