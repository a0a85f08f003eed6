import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'

/** The machine that numbers were measured on. */
export type Machine = {
  readonly processor: string
  readonly cores: number
  /** Null where an old file does not say. */
  readonly memoryGiB: number | null
  readonly os: string
}

/** The state of the sources: null outside a Git checkout. `dirty`: files differ from the commit, stored runs aside. */
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

/** This machine. */
export function thisMachine(): Machine {
  const all = cpus()
  return {
    processor: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    os: systemName(),
  }
}

/** The commit of the checkout that holds `folder`. */
export function sourceOf(folder: string): Source {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  // A run that is stored over an older one does not change what the next one measures.
  const sources = [':(top)', ':(top,exclude)docs/benchmarks', ':(top,exclude)docs/benchmarks.md']
  try {
    const changes = git('status', '--porcelain', '--untracked-files=no', '--', ...sources)
    return { commit: git('rev-parse', 'HEAD'), dirty: changes !== '' }
  } catch {
    return { commit: null, dirty: false }
  }
}
