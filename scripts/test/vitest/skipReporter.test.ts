import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { TestCase, Vitest } from 'vitest/node'
import SkipReporter from '../../lib/vitest/skipReporter.mjs'

let lines: string[] = []

beforeEach(() => {
  lines = []
  vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)))
})

afterEach(() => {
  vi.restoreAllMocks()
})

/** The lines printed of a run of a passed test and of skipped tests with these notes. */
function told(pattern: RegExp | undefined, ...notes: readonly (string | undefined)[]): readonly string[] {
  const reporter = new SkipReporter()
  reporter.onInit({ getGlobalTestNamePattern: () => pattern } as unknown as Vitest)
  const results = [{ state: 'passed' }, ...notes.map((note) => ({ state: 'skipped', note }))]
  results.forEach((result, i) =>
    reporter.onTestCaseResult({ fullName: `test ${i}`, result: () => result } as unknown as TestCase),
  )
  return lines
}

test('a skipped test is named, with its reason', () => {
  expect(told(undefined, 'no adapter', undefined)).toEqual([
    'skipped: test 1: no adapter',
    'skipped: test 2: no reason given',
  ])
})

test('tests that a pattern of names leaves out are not named', () => {
  expect(told(/adapter/, 'no adapter', undefined)).toEqual(['skipped: test 1: no adapter'])
})

test('tests that a time limit cuts off are not named', () => {
  expect(told(undefined, 'The test run was aborted by the user.')).toEqual([])
})
