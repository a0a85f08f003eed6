/** Counting what passed, failed and was skipped, from Vitest's own reports. */
import { readFileSync } from 'node:fs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */
/** @typedef {{ name: string, status: string, assertionResults: { status: string, fullName: string }[] }} TestFile */

/**
 * Reads a JSON report of Vitest. A file that could not be loaded counts as one failure, and so does a run that ended
 * badly with no test to blame (an unhandled rejection, a crash before the report was written).
 *
 * @param {string} path
 * @param {number | null} status exit code of Vitest
 * @returns {Tally}
 */
export function readReport(path, status) {
  const tally = { passed: 0, failed: 0, skipped: 0 }
  const files = testFiles(path)
  if (files === undefined) {
    console.error(`Vitest left no report at ${path}`)
    tally.failed++
  }
  for (const file of files ?? []) {
    const failedBefore = tally.failed
    for (const { status: outcome } of file.assertionResults) {
      if (outcome === 'passed') tally.passed++
      else if (outcome === 'failed') tally.failed++
      else tally.skipped++
    }
    if (file.status === 'failed' && tally.failed === failedBefore) tally.failed++
  }
  if (status !== 0 && tally.failed === 0) tally.failed++
  return tally
}

/**
 * The failed tests, each as `file: name`; a file that could not be loaded is listed alone.
 *
 * @param {string} path
 * @returns {string[]}
 */
export function failedTests(path) {
  return (testFiles(path) ?? []).flatMap((file) => {
    const failed = file.assertionResults.filter(({ status }) => status === 'failed')
    if (failed.length === 0) return file.status === 'failed' ? [file.name] : []
    return failed.map(({ fullName }) => `${file.name}: ${fullName}`)
  })
}

/**
 * @param {string} path
 * @returns {TestFile[] | undefined} undefined if there is no report
 */
function testFiles(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults
  } catch {
    return undefined
  }
}

/**
 * The line that a CI reads.
 *
 * @param {Tally} tally
 * @returns {string}
 */
export function lastLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
