import { describe, expect, test, vi } from 'vitest'
import { bookkeeping, type Bookkeeping } from '../../src/backendKit/bookkeeping.js'
import type { SpikewardError } from '../../src/errors.js'
import type { Plan } from '../../src/plan/plan.js'

const plan: Plan = { slots: [], inputs: 1, outputs: 1, donations: [null], workspace: 0, steps: [] }

const codeOf = (call: () => unknown): string => {
  try {
    call()
  } catch (error) {
    return (error as SpikewardError).code
  }
  return 'none'
}

function made(): { book: Bookkeeping<string>; given: [string, number][]; checkDevice: ReturnType<typeof vi.fn> } {
  const given: [string, number][] = []
  const checkDevice = vi.fn()
  let next = 0
  const book = bookkeeping<string>({
    name: 'test',
    maxBufferBytes: 100,
    allocate: () => `memory ${next++}`,
    free: (memory, bytes) => given.push([memory, bytes]),
    checkDevice,
  })
  return { book, given, checkDevice }
}

describe('buffers', () => {
  test('are found by their memory until they are freed, which gives it back once', () => {
    const { book, given } = made()
    const [a, b] = [book.allocate(8), book.allocate(12)]
    expect(book.find(a, 8, 'read')).toBe('memory 0')
    expect(book.find(b, 0, 'read')).toBe('memory 1')
    book.free(a)
    expect(given).toEqual([['memory 0', 8]])
    expect(codeOf(() => book.find(a, 0, 'read'))).toBe('BUFFER_FREED')
    expect(codeOf(() => book.free(a))).toBe('BUFFER_FREED')
    expect(given.length).toBe(1)
  })

  test('are refused if they are foreign, too small, or of an invalid size', () => {
    const { book } = made()
    expect(codeOf(() => book.find(made().book.allocate(8), 8, 'read'))).toBe('BUFFER_FOREIGN')
    expect(codeOf(() => book.find(book.allocate(8), 9, 'read'))).toBe('BUFFER_TOO_SMALL')
    for (const bytes of [-1, 1.5, NaN, 101]) expect(codeOf(() => book.allocate(bytes))).toBe('INVALID_SIZE')
  })
})

describe('executables', () => {
  test('run with the buffers of their plan until they are disposed, which releases them once', () => {
    const { book } = made()
    const release = vi.fn()
    const [a, b] = [book.allocate(8), book.allocate(8)]
    const compiled = book.compiled(plan, 64, release)
    compiled.checkRun([a], [b])
    expect(codeOf(() => compiled.checkRun([], [b]))).toBe('INVALID_ARGUMENTS')
    expect(codeOf(() => compiled.checkRun([a], [a]))).toBe('BUFFER_ALIASED')
    compiled.dispose()
    compiled.dispose()
    expect(release).toHaveBeenCalledTimes(1)
    expect(codeOf(() => compiled.checkRun([a], [b]))).toBe('EXECUTABLE_DISPOSED')
  })
})

test('counts allocations, live and peak bytes, compilations and runs', () => {
  const { book } = made()
  const a = book.allocate(8)
  const compiled = book.compiled(plan, 64, () => undefined)
  compiled.ran()
  book.free(a)
  expect(book.stats()).toEqual({
    allocations: 1,
    liveBuffers: 0,
    liveBytes: 64,
    peakBytes: 72,
    compilations: 1,
    runs: 1,
  })
  compiled.dispose()
  expect(book.stats().liveBytes).toBe(0)
})

test('a disposed backend has released its executables, refuses calls, and ignores finalisers', () => {
  const { book, given } = made()
  const release = vi.fn()
  const a = book.allocate(8)
  const compiled = book.compiled(plan, 64, release)
  expect(book.dispose()).toBe(true)
  expect(book.dispose()).toBe(false)
  expect(release).toHaveBeenCalledTimes(1)
  expect(book.stats()).toMatchObject({ liveBuffers: 0, liveBytes: 0 })
  for (const call of [
    () => book.allocate(8),
    () => book.find(a, 8, 'read'),
    () => book.checkAlive(),
    () => compiled.checkRun([a], [a]),
  ])
    expect(codeOf(call)).toBe('BACKEND_DISPOSED')
  expect(() => book.free(a)).not.toThrow()
  compiled.dispose()
  expect(release).toHaveBeenCalledTimes(1)
  expect(given).toEqual([])
})

test('checks the device before it allocates and runs, not when a finaliser frees', () => {
  const { book, checkDevice } = made()
  const a = book.allocate(8)
  expect(checkDevice).toHaveBeenCalledTimes(1)
  book.free(a)
  expect(checkDevice).toHaveBeenCalledTimes(1)
})
