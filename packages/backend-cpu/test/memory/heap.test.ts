import { describe, expect, test } from 'vitest'
import { cpu } from '../../src/index.js'
import { heap } from '../../src/memory/heap.js'

describe.each([false, true])('shared: %s', (shared) => {
  test('grows where needed, keeps its contents, aligns to 64 bytes', () => {
    const h = heap(shared)
    const addresses = [100, 70_000, 3_000_000, 20_000_000].map((bytes, i) => {
      const address = h.allocate(bytes, 'a test')
      expect(address % 64).toBe(0)
      new Uint8Array(h.memory.buffer, address, bytes).fill(i + 1)
      return { address, bytes, mark: i + 1 }
    })
    for (const { address, bytes, mark } of addresses) {
      expect(new Uint8Array(h.memory.buffer, address, bytes).every((b) => b === mark)).toBe(true)
    }
  })
  test('reuses freed memory instead of growing', () => {
    const h = heap(shared)
    h.free(h.allocate(10_000_000, 'a test'), 10_000_000)
    const pages = h.memory.buffer.byteLength
    for (let i = 0; i < 100; i++) h.free(h.allocate(9_000_000, 'a test'), 9_000_000)
    expect(h.memory.buffer.byteLength).toBe(pages)
  })
})

test('the error for missing memory names the need and the limit', async () => {
  await using backend = await cpu({ threads: 1 })
  const third = Math.floor(backend.capabilities.maxTotalBytes / 3)
  const held = [backend.allocate(third), backend.allocate(third)]
  expect(() => backend.allocate(third + 1_000_000)).toThrow(
    new RegExp(`needs ${third + 1_000_000} bytes.* of the ${backend.capabilities.maxTotalBytes} bytes.*OUT_OF_MEMORY`),
  )
  for (const b of held) backend.free(b)
  backend.free(backend.allocate(2 * third))
})
