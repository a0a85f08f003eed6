import { expect, test } from 'vitest'
import { patience } from '../../src/device/patience.js'

/** Turns of the event loop while a promise of `ms` milliseconds is awaited, where somebody asks in every turn, as Dawn does. */
async function turnsOver(ms: number, wait: (promise: Promise<string>) => Promise<string>): Promise<number> {
  let [turns, over] = [0, false]
  const ask = (): void => {
    turns++
    if (!over) setImmediate(ask)
  }
  setImmediate(ask)
  expect(await wait(new Promise((resolve) => setTimeout(() => resolve('done'), ms)))).toBe('done')
  over = true
  return turns
}

test('a wait sleeps between the turns of the event loop, and events are still handled', async () => {
  const restless = await turnsOver(200, (promise) => promise)
  const patient = await turnsOver(200, patience())
  expect(patient).toBeGreaterThan(20) // naps are of a millisecond at most
  expect(patient).toBeLessThan(2000)
  expect(restless).toBeGreaterThan(2 * patient)
})

test('waits may overlap and follow each other, and a failure is passed on; none leaves naps behind', async () => {
  const wait = patience()
  const late = (ms: number): Promise<number> => new Promise((resolve) => setTimeout(() => resolve(ms), ms))
  expect(await Promise.all([wait(late(30)), wait(late(10)), wait(late(20))])).toEqual([30, 10, 20])
  for (let i = 0; i < 50; i++) await wait(late(1))
  await expect(wait(Promise.reject(new Error('lost')))).rejects.toThrow('lost')
  // As many turns as without any wait: nobody naps.
  const [free, after] = [await turnsOver(100, (promise) => promise), await turnsOver(100, (promise) => promise)]
  expect(after).toBeGreaterThan(free / 10)
  expect(await turnsOver(100, wait)).toBeGreaterThan(10) // one nap a turn, not one for each wait before
})
