import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { idleThread } from '../../src/node.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A thread that counts how often it was closed. */
const counted = (): { spent: boolean; closed: number; close(): Promise<void> } => ({
  spent: false,
  closed: 0,
  async close() {
    this.spent = true
    this.closed++
  },
})

test('callers one after the other share a thread; callers at once have one each', async () => {
  const start = vi.fn(counted)
  const idle = idleThread(start)
  for (let i = 0; i < 3; i++) await idle.handBack(idle.take())
  expect(start).toHaveBeenCalledTimes(1)
  const [first, second] = [idle.take(), idle.take()]
  expect(first).not.toBe(second)
  await idle.handBack(first)
  await idle.handBack(second)
  expect([first.closed, second.closed]).toEqual([0, 1])
  expect(idle.take()).toBe(first)
})

test('a spent thread is closed, and one that ended while it waited is not taken', async () => {
  const start = vi.fn(counted)
  const idle = idleThread(start)
  const first = idle.take()
  first.spent = true
  await idle.handBack(first)
  expect(first.closed).toBe(1)
  const second = idle.take()
  await idle.handBack(second)
  second.spent = true
  const third = idle.take()
  expect(third).not.toBe(second)
  await idle.handBack(third)
  third.spent = true
  const fourth = counted()
  await idle.handBack(fourth)
  expect(idle.take()).toBe(fourth)
})

test('an idle thread is closed in time, a taken one is not', async () => {
  const idle = idleThread(counted, 10)
  const thread = idle.take()
  await idle.handBack(thread)
  vi.advanceTimersByTime(9000)
  expect(idle.take()).toBe(thread)
  vi.advanceTimersByTime(20_000)
  expect(thread.closed).toBe(0)
  await idle.handBack(thread)
  vi.advanceTimersByTime(10_000)
  expect(thread.closed).toBe(1)
  expect(idle.take()).not.toBe(thread)
})
