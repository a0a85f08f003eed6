import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { native } from '../src/index.js'
import { instructionSets, reason } from './setup.js'

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

test('a relative path of an addon starts in the current folder', async (context) => {
  context.skip(instructionSets.length === 0, reason)
  const built = join(root, 'build/spikeward.node')
  vi.stubEnv('SPIKEWARD_NATIVE', relative(process.cwd(), built))
  await using backend = await native({ threads: 1 })
  expect(backend.name).toBe('native')
})

test('a file that is not an addon gives a coded error too', async () => {
  vi.stubEnv('SPIKEWARD_NATIVE', join(root, 'package.json'))
  await expect(native()).rejects.toMatchObject({ code: 'NATIVE_UNAVAILABLE' })
})

test('options are checked', async (context) => {
  context.skip(instructionSets.length === 0, reason)
  await expect(native({ threads: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  await expect(native({ threads: 1.5 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  // @ts-expect-error no such instruction set
  await expect(native({ instructionSet: 'mmx' })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  const lacking = (['avx512', 'avx2', 'neon'] as const).find((name) => !instructionSets.includes(name))
  if (lacking !== undefined)
    await expect(native({ instructionSet: lacking })).rejects.toMatchObject({ code: 'UNSUPPORTED_INSTRUCTION_SET' })
})

test('capabilities name the instruction set and the threads', async (context) => {
  context.skip(instructionSets.length === 0, reason)
  await using backend = await native({ threads: 2, instructionSet: 'portable' })
  expect(backend.capabilities).toMatchObject({ threads: 2, features: ['portable', 'interpreted-rows'] })
})

test('the environment can name the instruction set, and the option takes precedence', async (context) => {
  context.skip(instructionSets.length === 0, reason)
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
})
