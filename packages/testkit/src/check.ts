import { describe, it } from 'vitest'

/** One statement about a tested object: `run` throws if it does not hold. */
export interface Check<T> {
  /** The heading under which it is listed. */
  readonly group: string
  readonly name: string
  /** Why the check does not apply to the tested object and is skipped, or null. */
  skip?(tested: T): string | null
  /** The check calls the tested factory twice and compares the results, so the factory must not cache. */
  readonly remakes?: true
  run(tested: T): Promise<void> | void
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
export async function failuresOf<T>(checks: readonly Check<T>[], tested: T): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>()
  for (const check of checks) {
    if (check.skip?.(tested)) continue
    try {
      await check.run(tested)
    } catch (error) {
      failures.set(`${check.group}: ${check.name}`, error)
    }
  }
  return failures
}

/** Milliseconds after which a check counts as hanging: long enough for a busy machine. */
const timeout = 300_000

/** Registers the checks that apply to the tested object as tests of vitest, a `describe` for every group. */
export function registerChecks<T>(checks: readonly Check<T>[], tested: T): void {
  const applicable = checks.filter((c) => !c.skip?.(tested))
  for (const group of new Set(applicable.map((c) => c.group))) {
    describe(group, () => {
      for (const check of applicable.filter((c) => c.group === group))
        it(check.name, { timeout }, () => check.run(tested))
    })
  }
}
