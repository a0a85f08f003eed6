/** The command on a system that refuses executable memory, where Node runs with --jitless. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest'
import { decodeCheckpoint } from '@spikeward/train'
import { bundleProgram } from '../program.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-refused-'))
const wrapper = join(folder, 'refuse')
const addon = fileURLToPath(new URL('../../../../packages/backend-native/build/spikeward.node', import.meta.url))
const environment = {
  ...process.env,
  SPIKEWARD_NATIVE: addon,
  XDG_CACHE_HOME: join(folder, 'cache'),
  // A software renderer generates machine code too, and ends the process where it may not.
  VK_DRIVER_FILES: join(folder, 'no-driver'),
}
let program = ''

beforeAll(async () => {
  program = await bundleProgram()
  const source = fileURLToPath(new URL('../fixtures/refuseExecutableMemory.cpp', import.meta.url))
  spawnSync('g++', ['-std=c++17', source, '-o', wrapper])
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Runs a command, on a system that refuses executable memory or on this one. */
function command(refused: boolean, ...args: readonly string[]) {
  const node = [process.execPath, ...(refused ? ['--jitless'] : []), program, ...args]
  const [first = '', ...rest] = refused ? [wrapper, ...node] : node
  const { status, stdout, stderr } = spawnSync(first, rest, { cwd: folder, env: environment, encoding: 'utf8' })
  return { status, out: stdout, err: stderr }
}

/** Skips a test where nothing can refuse memory, or where there is no machine code to refuse. */
function needs(context: TestContext): void {
  if (!existsSync(wrapper)) context.skip('no g++ for Linux')
  if (!existsSync(addon)) context.skip('the native addon was not compiled')
}

test('doctor states that native has no executable memory, and what cpu lacks, and the machine passes', (context) => {
  needs(context)
  const { status, out } = command(true, 'doctor')
  expect(out).toMatch(/^native: works, .*; (avx512|avx2|neon|portable), interpreted-rows, no-executable-memory; /m)
  expect(out).toMatch(/^cpu: not available: the cpu backend needs WebAssembly SIMD/m)
  expect(status).toBe(0)
})

test('train takes native with interpreted rows, and learns the bits that machine code learns', (context) => {
  needs(context)
  const learned = (refused: boolean): string[] => {
    const name = refused ? 'refused' : 'allowed'
    const network = ['--hidden', '7', '--time', '4', '--batch', '40', '--steps', '5', '--threads', '1']
    const how = refused ? [] : ['--backend', 'native']
    const { status, err } = command(refused, 'train', 'parabola', ...network, ...how, '--no-figures', '--out', name)
    expect(status, err).toBe(0)
    if (refused) expect(err).toMatch(/^backend: native, the only one available; cpu: .*WebAssembly SIMD/m)
    const { tensors } = decodeCheckpoint(readFileSync(join(folder, name, 'checkpoint.safetensors')))
    return [...tensors].map(([path, { data }]) => `${path} ${data.join(' ')}`)
  }
  expect(learned(true)).toEqual(learned(false))
})
