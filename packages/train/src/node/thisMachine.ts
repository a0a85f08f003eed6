import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'

/** The machine of a measurement. */
export type Machine = {
  /** The model of its first core, as the system reports it. */
  readonly processor: string
  readonly cores: number
  /** Null in files of versions that did not record it. */
  readonly memoryGiB: number | null
  /** Distribution and kernel. */
  readonly os: string
  /**
   * The widest vector instructions that the processor has, by the names of the native backend: avx512, avx2 or neon.
   * Absent where the system does not tell, and in files of versions that did not record it.
   */
  readonly instructionSet?: string
}

/** The state of the sources: `commit` is null outside a Git checkout; `dirty`: files differ from the commit. */
export type Source = { readonly commit: string | null; readonly dirty: boolean }

function systemName(): string {
  try {
    const line = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))
    if (line?.[1] !== undefined) return `${line[1]}, ${type()} ${release()}`
  } catch {
    // Systems without that file report the kernel's name instead.
  }
  return `${type()} ${release()}`
}

/** The flags of /proc/cpuinfo that each set needs, the widest set first. */
const wanted: readonly (readonly [string, readonly string[]])[] = [
  ['avx512', ['avx512f', 'avx512dq', 'avx512bw', 'avx512vl', 'avx2', 'fma']],
  ['avx2', ['avx2', 'fma']],
  ['neon', ['asimd']],
]

/**
 * The widest vector instructions in the text of /proc/cpuinfo: avx512, avx2, neon, or null if it lists none of them.
 * Only the first core counts, since all have the same.
 */
export function widestInstructions(cpuinfo: string): string | null {
  const listed = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/))
  return wanted.find(([, needed]) => needed.every((flag) => listed.has(flag)))?.[0] ?? null
}

function ownInstructions(): Pick<Machine, 'instructionSet'> {
  try {
    const instructionSet = widestInstructions(readFileSync('/proc/cpuinfo', 'utf8'))
    return instructionSet === null ? {} : { instructionSet }
  } catch {
    // Only Linux has that file.
    return {}
  }
}

/**
 * This machine, for the record of a measurement.
 *
 * @example
 * thisMachine().cores // 2
 */
export function thisMachine(): Machine {
  const all = cpus()
  return {
    processor: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    os: systemName(),
    ...ownInstructions(),
  }
}

/**
 * The commit of a running program.
 *
 * @param folder a folder whose package.json is in the checkout: a package installed into another repository has no
 *   commit
 * @param except files that may differ because no measurement depends on them, as paths from the root of the checkout
 */
export function sourceOf(folder: string, except: readonly string[] = []): Source {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  const sources = [':(top)', ...except.map((path) => `:(top,exclude)${path}`)]
  try {
    git('ls-files', '--error-unmatch', 'package.json')
    const changes = git('status', '--porcelain', '--untracked-files=no', '--', ...sources)
    return { commit: git('rev-parse', 'HEAD'), dirty: changes !== '' }
  } catch {
    return { commit: null, dirty: false }
  }
}
