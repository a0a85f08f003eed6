import { afterAll, beforeAll, expect, test } from 'vitest'
import { webgpu } from '../src/index.js'

// The Vulkan loader searches for drivers where this variable points when the first adapter is requested.
const name = 'VK_DRIVER_FILES'
const before = process.env[name]
beforeAll(() => {
  process.env[name] = '/nowhere.json'
})
afterAll(() => {
  if (before === undefined) delete process.env[name]
  else process.env[name] = before
})

test('without a driver the error says what to install', async () => {
  await expect(webgpu()).rejects.toThrow(/apt-get install mesa-vulkan-drivers.*\[NO_ADAPTER\]/s)
})
