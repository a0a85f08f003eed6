import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import type { Command } from 'commander'
import { SpikewardError } from '@spikeward/core'
import type { Io } from '../io.js'
import { peerEntries } from '../peers/registry.js'
import type { PeerEntry } from '../peers/peer.js'
import { interpreterWith } from '../peers/python.js'

const hasDebian = (name: string): boolean =>
  spawnSync('dpkg-query', ['-W', '-f=${Status}', name], { encoding: 'utf8' }).stdout?.includes('ok installed') ?? false

function hasNpm(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch (error) {
    // A package without an entry for `require` is present nevertheless.
    return error instanceof Error && 'code' in error && error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED'
  }
}

export type Lack = {
  readonly debian: readonly string[]
  readonly npm: readonly string[]
  readonly pip: readonly string[]
}

export const lackOf = ({ install }: PeerEntry): Lack => ({
  debian: (install.debian ?? []).filter((n) => !hasDebian(n)),
  npm: (install.npm ?? []).filter((n) => !hasNpm(n)),
  pip: (install.pip ?? []).filter((n) => interpreterWith([n], process.env) === null),
})

function aptInstall(packages: readonly string[]): void {
  const run = (...args: readonly string[]): void => {
    const [command = '', ...rest] = process.getuid?.() === 0 ? ['apt-get', ...args] : ['sudo', '-n', 'apt-get', ...args]
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const { status, stderr, error } = spawnSync(command, rest, { encoding: 'utf8', env, maxBuffer: 1 << 28 })
    if (status === 0) return
    throw new SpikewardError(
      'BENCH_SETUP',
      `apt-get ${args.join(' ')} failed: ${error?.message ?? stderr.trim().split('\n').at(-1)}; install ${packages.join(', ')} by hand`,
    )
  }
  run('update', '-qq')
  run('install', '-y', '-qq', '--no-install-recommends', ...packages)
}

export function addSetupPeers(program: Command, io: Io): void {
  program
    .command('setup-peers')
    .description('install the Debian packages that peers need; report what is absent')
    .option('--dry-run', 'only report it', false)
    .action(({ dryRun }: { readonly dryRun: boolean }) => {
      const lacks = Object.entries<PeerEntry>(peerEntries).map(([name, entry]) => ({
        name,
        about: entry.about,
        ...lackOf(entry),
      }))
      const debian = [...new Set(lacks.flatMap((l) => l.debian))]
      if (debian.length > 0 && !dryRun) {
        io.err(`Installing ${debian.join(', ')} …\n`)
        aptInstall(debian)
      }
      for (const { name, about, npm, pip, ...lack } of lacks) {
        const missing = [
          ...(dryRun ? lack.debian.map((n) => `apt-get install ${n}`) : []),
          ...npm.map((n) => `${n} was not found: npm test installs it`),
          ...pip.map((n) => `packaged by neither Debian nor npm: pip install ${n}`),
        ]
        io.out(`${name} (${about}): ${missing.length === 0 ? 'ready' : `absent: ${missing.join('; ')}`}\n`)
      }
    })
}
