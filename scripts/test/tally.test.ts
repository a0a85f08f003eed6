import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { absentSets } from '../lib/vitest/skipReporter.mjs'
import { failedTests, lastLine, readReport } from '../lib/tally.mjs'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-tally-'))

function report(...files: { status: string; outcomes: string[] }[]): string {
  const path = join(folder, `${String(Math.random())}.json`)
  const testResults = files.map(({ status, outcomes }, file) => ({
    name: `file${String(file)}`,
    status,
    assertionResults: outcomes.map((outcome, index) => ({ status: outcome, fullName: `test${String(index)}` })),
  }))
  writeFileSync(path, JSON.stringify({ testResults }))
  return path
}

test('tests are counted one by one', () => {
  const path = report(
    { status: 'passed', outcomes: ['passed', 'passed', 'pending', 'todo'] },
    { status: 'failed', outcomes: ['failed', 'passed'] },
  )
  expect(readReport(path, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 })
})

test('a file that does not load counts as one failure', () => {
  expect(readReport(report({ status: 'failed', outcomes: [] }), 1)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('a nonzero exit with every test green is a failure', () => {
  expect(readReport(report({ status: 'passed', outcomes: ['passed'] }), 1)).toEqual({
    passed: 1,
    failed: 1,
    skipped: 0,
  })
})

test('failed tests are named by file and name, a file that does not load by its name', () => {
  const path = report(
    { status: 'passed', outcomes: ['passed'] },
    { status: 'failed', outcomes: ['passed', 'failed'] },
    { status: 'failed', outcomes: [] },
  )
  expect(failedTests(path)).toEqual(['file1: test1', 'file2'])
  expect(failedTests(join(folder, 'absent.json'))).toEqual([])
})

test('no report is a failure, even if the run succeeded', () => {
  const silenced = vi.spyOn(console, 'error').mockReturnValue()
  expect(readReport(join(folder, 'absent.json'), 0).failed).toBe(1)
  silenced.mockRestore()
})

test('the last line names skips only if there are some', () => {
  expect(lastLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed')
  expect(lastLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped')
})

test('tests of an instruction set that the processor lacks are counted, with the reason', () => {
  const ran = new Map([
    ['avx2', 320],
    ['portable', 310],
  ])
  expect(absentSets(ran)).toEqual(['not run: about 320 tests of the native backend on avx512: this processor lacks it'])
  expect(absentSets(new Map([...ran, ['avx512', 320]]))).toEqual([])
  expect(absentSets(new Map())).toEqual([])
})
