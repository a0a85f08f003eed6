import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { TestModule, TestSpecification, Vitest } from 'vitest/node'
import DeadlineReporter from '../../lib/vitest/deadlineReporter.mjs'

type Result = { readonly state: string; readonly note?: string }

/** A file of tests with these results. */
function moduleOf(moduleId: string, ...results: readonly Result[]): TestModule {
  const tests = results.map((result) => ({ result: () => result }))
  const state = (): string => (results.some((r) => r.state === 'failed') ? 'failed' : 'passed')
  return { moduleId, state, children: { allTests: () => tests } } as unknown as TestModule
}

const passed = { state: 'passed' }
const aborted = { state: 'skipped', note: 'The test run was aborted by the user.' }
const noAdapter = { state: 'skipped', note: 'no adapter' }

const names = ['a', 'b', 'c', 'd']
const cancel = vi.fn<() => Promise<void>>()
let lines: string[] = []
let code: typeof process.exitCode

beforeEach(() => {
  code = process.exitCode
  lines = []
  cancel.mockReset().mockResolvedValue()
  vi.useFakeTimers({ now: 1000 })
  vi.stubEnv('TEST_DEADLINE', '6000')
  vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)))
})

afterEach(() => {
  process.exitCode = code
  vi.useRealTimers()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** A reporter of a run of four files that has begun. */
function begun(): DeadlineReporter {
  const reporter = new DeadlineReporter()
  reporter.onInit({ cancelCurrentRun: cancel } as unknown as Vitest)
  reporter.onTestRunStart(names.map((moduleId) => ({ moduleId }) as TestSpecification))
  return reporter
}

test('names the files that were not reached, or not to their end, and passes', () => {
  const reporter = begun()
  reporter.onTestModuleEnd(moduleOf('a', passed))
  vi.advanceTimersByTime(4999)
  expect(cancel).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(cancel).toHaveBeenCalledOnce()
  // One file ends after the deadline, its last test skipped for another reason; one is cut.
  const ends = [moduleOf('b', passed, noAdapter), moduleOf('c', passed, aborted)]
  for (const module of ends) reporter.onTestModuleEnd(module)
  process.exitCode = 1
  reporter.onTestRunEnd(ends)
  expect(lines).toEqual([expect.stringMatching(/^\nNo time was left for 2 files; .*:\nc\nd$/)])
  expect(process.exitCode).toBe(0)
})

test('counts many files by package', () => {
  const reporter = new DeadlineReporter()
  reporter.onInit({ cancelCurrentRun: cancel } as unknown as Vitest)
  const many = Array.from({ length: 21 }, (_, i) => `packages/${i < 20 ? 'core' : 'optim'}/test/${i}.test.ts`)
  reporter.onTestRunStart(many.map((moduleId) => ({ moduleId }) as TestSpecification))
  vi.advanceTimersByTime(5000)
  reporter.onTestRunEnd([])
  expect(lines).toEqual([expect.stringMatching(/for 21 files; .*:\npackages\/core: 20\npackages\/optim: 1$/)])
})

test('says nothing if all files ended before they could be cut', () => {
  const reporter = begun()
  vi.advanceTimersByTime(5000)
  const ends = names.map((name) => moduleOf(name, passed))
  for (const module of ends) reporter.onTestModuleEnd(module)
  reporter.onTestRunEnd(ends)
  expect(lines).toEqual([])
})

test('a failed test fails a run that was cut', () => {
  const reporter = begun()
  vi.advanceTimersByTime(5000)
  const end = moduleOf('a', { state: 'failed' }, aborted)
  reporter.onTestModuleEnd(end)
  process.exitCode = 1
  reporter.onTestRunEnd([end])
  expect(lines).toHaveLength(1)
  expect(process.exitCode).toBe(1)
})

test('a run that begins after the deadline is cancelled at once, but not before it has begun', () => {
  vi.setSystemTime(7000)
  const reporter = new DeadlineReporter()
  reporter.onInit({ cancelCurrentRun: cancel } as unknown as Vitest)
  vi.advanceTimersByTime(1000)
  expect(cancel).not.toHaveBeenCalled()
  reporter.onTestRunStart([])
  vi.advanceTimersByTime(0)
  expect(cancel).toHaveBeenCalledOnce()
})
