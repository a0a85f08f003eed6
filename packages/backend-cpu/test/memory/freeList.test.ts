import fc from 'fast-check'
import { expect, test } from 'vitest'
import { freeList } from '../../src/memory/freeList.js'

test('takes the shortest stretch that is long enough', () => {
  const list = freeList()
  list.give(0, 640)
  list.give(1024, 128)
  list.give(4096, 256)
  expect(list.take(192)).toBe(4096)
  expect(list.take(128)).toBe(1024)
  expect(list.take(128)).toBe(0)
  expect(list.take(1024)).toBeNull()
})

test('joins neighbours on both sides', () => {
  const list = freeList()
  list.give(0, 64)
  list.give(128, 64)
  list.give(64, 64)
  expect(list.tail(192)).toBe(192)
  expect(list.take(192)).toBe(0)
})

test('never hands out a byte twice, and gets every byte back', () => {
  const total = 64 * 1024
  // A number asks for that many lines; with a fraction it gives back one of the stretches that are held.
  const requests = fc.array(
    fc.oneof(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0.01, max: 0.99, noNaN: true })),
    { maxLength: 300 },
  )
  fc.assert(
    fc.property(requests, (list) => {
      const free = freeList()
      free.give(0, total)
      const held: { address: number; bytes: number }[] = []
      for (const request of list) {
        if (Number.isInteger(request)) {
          const bytes = 64 * request
          const address = free.take(bytes)
          if (address === null) continue
          expect(address % 64).toBe(0)
          for (const other of held) {
            expect(address >= other.address + other.bytes || other.address >= address + bytes).toBe(true)
          }
          held.push({ address, bytes })
        } else {
          const [gone] = held.splice(Math.floor(request * held.length), 1)
          if (gone !== undefined) free.give(gone.address, gone.bytes)
        }
      }
      for (const { address, bytes } of held) free.give(address, bytes)
      expect(free.take(total)).toBe(0)
    }),
  )
})
