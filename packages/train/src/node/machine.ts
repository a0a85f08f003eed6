import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'

/** The machine that numbers were measured on. */
export type Machine = {
  /** Its first core, as the system names it. */
  readonly processor: string
  readonly cores: number
  /** Null where an old file does not say. */
  readonly memoryGiB: number | null
  /** Distribution and kernel. */
  readonly os: string
}

/** The state of the sources: `commit` is null where the folder belongs to no Git checkout; `dirty`: files differ from it. */
export type Source = { readonly commit: string | null; readonly dirty: boolean }

function systemName(): string {
  try {
    const found = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))
    if (found?.[1] !== undefined) return `${found[1]}, ${type()} ${release()}`
  } catch {
    // Not a Linux with that file: the kernel's name has to do.
  }
  return `${type()} ${release()}`
}

/**
 * This machine, to be kept beside what was measured on it.
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
  }
}

/**
 * The commit that a program was run from.
 *
 * @param folder one whose package.json is in the checkout: a package that was installed into somebody's repository has no commit
 * @param except files of the checkout that no measurement depends on, as paths from its root: they may differ
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
