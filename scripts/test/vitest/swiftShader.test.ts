import { afterEach, expect, test, vi } from 'vitest'
import { swiftShader } from '../../lib/vitest/swiftShader.js'

const files = vi.hoisted(() => ({ present: new Set<string>() }))
vi.mock('node:fs', async (original) => ({
  ...(await original<object>()),
  existsSync: (path: string) => files.present.has(path),
  realpathSync: (path: string) => path,
}))

const chromium = '/usr/lib/chromium/chromium'
const driver = '/usr/lib/chromium/vk_swiftshader_icd.json'

/** The renderer of a machine with these files; `named` are the variables that name a driver, by default none. */
function on(present: readonly string[], named: Readonly<Record<string, string>> = {}): object {
  vi.stubEnv('VK_DRIVER_FILES', undefined)
  vi.stubEnv('VK_ICD_FILENAMES', undefined)
  vi.stubEnv('CHROMIUM', undefined)
  for (const [name, value] of Object.entries(named)) vi.stubEnv(name, value)
  files.present = new Set(present)
  return swiftShader()
}

afterEach(() => void vi.unstubAllEnvs())

test('the renderer of Chromium is the only driver of a machine without a GPU', () => {
  expect(on([chromium, driver])).toEqual({ VK_DRIVER_FILES: driver })
})

test('a Chromium elsewhere is named by CHROMIUM', () => {
  const present = ['/opt/chrome/chrome', '/opt/chrome/vk_swiftshader_icd.json']
  expect(on(present, { CHROMIUM: '/opt/chrome/chrome' })).toEqual({
    VK_DRIVER_FILES: '/opt/chrome/vk_swiftshader_icd.json',
  })
})

test.each(['/dev/dri', '/dev/nvidia0', '/dev/dxg'])('a machine with %s keeps the drivers of its GPU', (gpu) => {
  expect(on([chromium, driver, gpu])).toEqual({})
})

test.each(['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'])('%s stays as it is', (name) => {
  expect(on([chromium, driver], { [name]: '/etc/vulkan/mine.json' })).toEqual({})
})

test('nothing is named without SwiftShader', () => {
  expect(on([chromium])).toEqual({})
  expect(on([])).toEqual({})
})
