import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { native } from '../src/index.js'
import { instructionSets } from './setup.js'

const root = fileURLToPath(new URL('..', import.meta.url))

afterEach(() => {
  vi.unstubAllEnvs()
})

test('without an addon native() rejects and says what to do', async () => {
  vi.stubEnv('SPIKEWARD_NATIVE', '/nowhere/spikeward.node')
  await expect(native()).rejects.toMatchObject({ code: 'NATIVE_UNAVAILABLE' })
  await expect(native()).rejects.toThrow(
    /SPIKEWARD_NATIVE names \/nowhere\/spikeward\.node, and there is no such file.*backend-cpu/,
  )
})

test.runIf(instructionSets.length > 0)('a relative path of an addon starts in the current folder', async () => {
  const built = join(root, 'build/spikeward.node')
  vi.stubEnv('SPIKEWARD_NATIVE', relative(process.cwd(), built))
  await using backend = await native({ threads: 1 })
  expect(backend.name).toBe('native')
})

test('a file that is not an addon gives a coded error too', async () => {
  vi.stubEnv('SPIKEWARD_NATIVE', join(root, 'package.json'))
  await expect(native()).rejects.toMatchObject({ code: 'NATIVE_UNAVAILABLE' })
})

test('without a compiler the build prints the reason and exits with 0', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-native-'))
  try {
    for (const part of ['scripts', 'native', 'package.json'])
      cpSync(join(root, part), join(folder, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const build = (...options: string[]) =>
      spawnSync(process.execPath, [join(folder, 'scripts/build-native.mjs'), ...options], {
        env: { ...process.env, CXX: 'no-such-compiler' },
        encoding: 'utf8',
      })
    const soft = build()
    expect(soft.status).toBe(0)
    expect(soft.stdout).toContain('no-such-compiler')
    expect(readFileSync(join(folder, 'build/outcome.txt'), 'utf8')).toContain('no-such-compiler')
    expect(build('--strict').status).toBe(1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test.runIf(instructionSets.length > 0)('options are checked', async () => {
  await expect(native({ threads: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  await expect(native({ threads: 1.5 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  // @ts-expect-error no such instruction set
  await expect(native({ instructionSet: 'mmx' })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  const lacking = (['avx512', 'avx2', 'neon'] as const).find((name) => !instructionSets.includes(name))
  if (lacking !== undefined)
    await expect(native({ instructionSet: lacking })).rejects.toMatchObject({ code: 'UNSUPPORTED_INSTRUCTION_SET' })
})

test.runIf(instructionSets.length > 0)('capabilities name the instruction set and the threads', async () => {
  await using backend = await native({ threads: 2, instructionSet: 'portable' })
  expect(backend.capabilities).toMatchObject({ threads: 2, features: ['portable', 'interpreted-rows'] })
})

test.runIf(instructionSets.length > 0)(
  'the environment can name the instruction set, and the option takes precedence',
  async () => {
    try {
      vi.stubEnv('SPIKEWARD_INSTRUCTION_SET', 'portable')
      await using portable = await native({ threads: 1 })
      expect(portable.capabilities.features).toContain('portable')
      vi.stubEnv('SPIKEWARD_INSTRUCTION_SET', 'mmx')
      await expect(native()).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringContaining('SPIKEWARD_INSTRUCTION_SET') as string,
      })
      await using best = await native({ threads: 1, instructionSet: instructionSets[0]! })
      expect(best.capabilities.features[0]).toBe(instructionSets[0])
    } finally {
      vi.unstubAllEnvs()
    }
  },
)
