/** The sources of a program. */
export type ProgramSource = {
  readonly version: string
  /** Null if it was installed and not run from a checkout. */
  readonly commit: string | null
  /** A hash of the differences from the commit; null if there are none. */
  readonly changes: string | null
}

/**
 * The name of a queue for programs with these sources. Other versions could compute other results, so they never take
 * its jobs.
 *
 * @example
 * queueNameOf({ version: '0.1.0', commit: null, changes: null }) // 'trials-0.1.0'
 */
export const queueNameOf = ({ version, commit, changes }: ProgramSource): string =>
  ['trials', commit?.slice(0, 10) ?? version, ...(changes === null ? [] : [changes])].join('-')
