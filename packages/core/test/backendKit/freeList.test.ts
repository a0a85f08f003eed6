import { expect, test } from 'vitest'
import { freeList } from '../../src/backendKit/freeList.js'

test('takes the shortest free range that is long enough', () => {
  const list = freeList()
  list.free(0, 640)
  list.free(1024, 128)
  list.free(4096, 256)
  expect(list.allocate(192)).toBe(4096)
  expect(list.allocate(128)).toBe(1024)
  expect(list.allocate(128)).toBe(0)
  expect(list.allocate(1024)).toBeNull()
})

test('merges adjacent free ranges on both sides', () => {
  const list = freeList()
  list.free(0, 64)
  list.free(128, 64)
  list.free(64, 64)
  expect(list.tail(192)).toBe(192)
  expect(list.allocate(192)).toBe(0)
})

test('never gives out a byte twice, and gets every byte back', () => {
  let state = 5
  /** Pseudo-random numbers in [−1, 1), the same every time. */
  const next = (): number => ((state = (state * 48271) % 2147483647) / 2147483647) * 2 - 1
  const list = freeList()
  const total = 64 * 4096
  list.free(0, total)
  const live: { address: number; bytes: number }[] = []
  for (let i = 0; i < 5000; i++) {
    if (next() < 0.1) {
      const bytes = 64 * (1 + Math.floor((next() + 1) * 20))
      const address = list.allocate(bytes)
      if (address === null) continue
      // One expectation for all of them: a hundred thousand would take seconds.
      expect(live.filter((other) => address < other.address + other.bytes && other.address < address + bytes)).toEqual(
        [],
      )
      live.push({ address, bytes })
    } else if (live.length > 0) {
      const [freed] = live.splice(Math.floor(((next() + 1) / 2) * live.length), 1)
      if (freed !== undefined) list.free(freed.address, freed.bytes)
    }
  }
  for (const { address, bytes } of live) list.free(address, bytes)
  expect(list.allocate(total)).toBe(0)
})
