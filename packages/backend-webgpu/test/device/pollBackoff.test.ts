import { afterEach, expect, test, vi } from 'vitest'
import { pollBackoff } from '../../src/device/reads.js'

/** A simulated clock: a sleep takes its length, an iteration of the event loop a hundredth of a millisecond. */
function simulated(): { readonly sleeps: number[]; readonly device: (ms: number) => Promise<number>; turns: number } {
  let now = 0
  const sleeps: number[] = []
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  vi.spyOn(Atomics, 'wait').mockImplementation((_cell: unknown, _index: number, _value: unknown, ms = 0) => {
    sleeps.push(ms)
    now += ms
    return 'timed-out'
  })
  const machine = {
    sleeps,
    turns: 0,
    // Polled in every iteration of the event loop, as Dawn does.
    device: (ms: number): Promise<number> =>
      new Promise((resolve) => {
        const end = now + ms
        const ask = (): void => {
          machine.turns++
          now += 0.01
          if (now < end) setImmediate(ask)
          else resolve(ms)
        }
        setImmediate(ask)
      }),
  }
  return machine
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('a wait sleeps between the turns of the event loop, and events are still handled', async () => {
  const machine = simulated()
  await pollBackoff()(machine.device(200))
  expect(machine.turns).toBeGreaterThan(200)
  expect(machine.turns).toBeLessThan(400)
  expect(Math.max(...machine.sleeps)).toBe(1)
  const slept = machine.sleeps.reduce((sum, ms) => sum + ms, 0)
  expect(slept).toBeGreaterThan(190)
})

test('waits may overlap and follow each other, failures propagate, and no wait sleeps after its end', async () => {
  const machine = simulated()
  const wait = pollBackoff()
  const all = [30, 10, 20].map((ms) => wait(machine.device(ms)))
  expect(await Promise.all(all)).toEqual([30, 10, 20])
  for (let i = 0; i < 50; i++) await wait(machine.device(1))
  await expect(wait(Promise.reject(new Error('lost')))).rejects.toThrow('lost')
  const sleeps = machine.sleeps.length
  await machine.device(100)
  expect(machine.sleeps).toHaveLength(sleeps)
  machine.turns = 0
  await wait(machine.device(100))
  // One sleep per iteration, not one for each earlier wait.
  expect(machine.sleeps.length - sleeps).toBeLessThanOrEqual(machine.turns + 1)
  expect(machine.turns).toBeGreaterThan(100)
})
