import { expect, test } from 'vitest'
import { freeList } from '../../src/device/freeList.js'

test('takes the shortest stretch that is long enough, and joins what becomes free', () => {
  const list = freeList()
  list.grow(100)
  expect([list.take(20), list.take(10), list.take(30)]).toEqual([0, 20, 30])
  list.give(0, 20)
  list.give(30, 30)
  expect(list.take(20)).toBe(0)
  expect(list.take(71)).toBeNull()
  list.give(20, 10)
  expect(list.take(80)).toBe(20)
  expect(list.take(1)).toBeNull()
  list.grow(5)
  expect(list.take(5)).toBe(100)
})

test('what is taken never overlaps, and all of it comes back', () => {
  let state = 1
  const next = (below: number): number => (state = (state * 48271) % 2147483647) % below
  for (let round = 0; round < 100; round++) {
    const list = freeList()
    list.grow(64)
    const held: { at: number; bytes: number }[] = []
    for (let i = 0; i < 60; i++) {
      if (next(2) === 0) {
        const [back] = held.splice(next(Math.max(held.length, 1)), 1)
        if (back !== undefined) list.give(back.at, back.bytes)
        continue
      }
      const bytes = 1 + next(9)
      const at = list.take(bytes)
      if (at === null) continue
      expect(held.every((h) => h.at + h.bytes <= at || at + bytes <= h.at)).toBe(true)
      held.push({ at, bytes })
    }
    for (const h of held) list.give(h.at, h.bytes)
    expect(list.take(64)).toBe(0)
  }
})
