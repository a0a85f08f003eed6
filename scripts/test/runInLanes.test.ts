import { expect, test } from 'vitest'
import { runInLanes } from '../lib/runInLanes.mjs'

/**
 * Runs items that end when the test ends them. Returns the names of those that have begun, and a function that ends
 * one.
 */
function begin(items: readonly { name: string; after?: string }[], lanes: number) {
  const begun: string[] = []
  const enders = new Map<string, () => void>()
  const all = runInLanes(
    items.map((item) => ({
      ...item,
      work: () => new Promise<void>((resolve) => (begun.push(item.name), enders.set(item.name, resolve))),
    })),
    lanes,
  )
  const end = async (name: string): Promise<void> => {
    enders.get(name)!()
    await new Promise(setImmediate)
  }
  return { begun, end, all }
}

test('a free lane takes the first item that may begin', async () => {
  const { begun, end, all } = begin([{ name: 'a' }, { name: 'b', after: 'a' }, { name: 'c' }, { name: 'd' }], 2)
  expect(begun).toEqual(['a', 'c'])
  await end('c')
  expect(begun).toEqual(['a', 'c', 'd'])
  await end('a')
  expect(begun).toEqual(['a', 'c', 'd', 'b'])
  await end('b')
  await end('d')
  await all
})

test('a lane with nothing to begin waits until another item ends', async () => {
  const { begun, end, all } = begin([{ name: 'a' }, { name: 'b', after: 'a' }, { name: 'c', after: 'a' }], 2)
  expect(begun).toEqual(['a'])
  await end('a')
  expect(begun).toEqual(['a', 'b', 'c'])
  await end('c')
  await end('b')
  await all
})

test('an item that would wait for ever is refused', async () => {
  const idle = { work: () => Promise.resolve() }
  await expect(runInLanes([{ name: 'a', after: 'b', ...idle }], 1)).rejects.toThrow(/a waits for b, which does not/)
  await expect(
    runInLanes(
      [
        { name: 'a', after: 'b', ...idle },
        { name: 'b', ...idle },
      ],
      1,
    ),
  ).rejects.toThrow(/come before it/)
})
