/** Counting what passed, failed and was skipped, from Vitest's own reports. */
import { readFileSync } from 'node:fs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

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
  /** @type {{ testResults: { status: string, assertionResults: { status: string }[] }[] }} */
  let report = { testResults: [] }
  try {
    report = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    console.error(`Vitest left no report at ${path}`)
    tally.failed++
  }
  for (const file of report.testResults) {
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
 * The line that a CI reads.
 *
 * @param {Tally} tally
 * @returns {string}
 */
export function lastLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
