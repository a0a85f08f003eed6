/**
 * Runs the tests of every requirement and stores how many passed, with their figures, in docs/reliability/tests.json:
 *
 *     node docs/scripts/reliabilityTests.mjs
 *
 * A test gives a figure by `Object.assign(task.meta, { figures: { 'threads ended': 34 } })`. Figures with the same name
 * are summed over the tests of a file; for names that begin with "largest", the largest is stored. The exit code is 1
 * after a failure.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root, toolEnvironment } from '../../scripts/lib/setup.mjs'
import { requirements } from './reliabilityPage.mjs'

/**
 * @typedef
 *   {{ readonly passed: number, readonly failed: number, readonly skipped: number, readonly figures: Readonly<Record<string, number>> }}
 *   Result
 * @typedef {{ readonly name: string, readonly assertionResults: readonly {
 *   readonly status: string, readonly meta?: { readonly figures?: Readonly<Record<string, number>> } }[] }} TestFile
 */

/** @returns {Result} the tests of one file as Vitest reports them, counted */
export function resultOf(/** @type {TestFile} */ { assertionResults }) {
  const counted = (/** @type {string} */ status) => assertionResults.filter((t) => t.status === status).length
  const [passed, failed] = [counted('passed'), counted('failed')]
  /** @type {Record<string, number>} */
  const figures = {}
  for (const { meta } of assertionResults)
    for (const [name, value] of Object.entries(meta?.figures ?? {}))
      figures[name] = name.startsWith('largest')
        ? Math.max(figures[name] ?? -Infinity, value)
        : (figures[name] ?? 0) + value
  return { passed, failed, skipped: assertionResults.length - passed - failed, figures }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { sourceOf, thisMachine } = await import('@spikeward/train/node')
  const files = [...new Set(requirements.flatMap(({ tests }) => tests))].sort()
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-verify-'))
  const report = join(folder, 'report.json')
  const begun = new Date().toISOString()
  const { commit, dirty } = sourceOf(root)
  const run = spawnSync('vitest', ['run', ...files, '--reporter=json', `--outputFile=${report}`], {
    cwd: root,
    // As `npm test`, with late optimisation: tests that take minutes have it too.
    env: toolEnvironment(),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  /** @type {{ readonly testResults: readonly TestFile[] }} */
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  rmSync(folder, { recursive: true })
  const results = Object.fromEntries(testResults.map((file) => [relative(root, file.name), resultOf(file)]))
  const absent = files.filter((file) => !Object.hasOwn(results, file))
  if (absent.length > 0) throw new Error(`these tests did not run: ${absent.join(', ')}`)
  const stored = { commit, dirty, begun, machine: thisMachine(), node: process.version, files: results }
  writeFileSync(join(root, 'docs/reliability/tests.json'), `${JSON.stringify(stored, null, 2)}\n`)
  process.exitCode = run.status === 0 ? 0 : 1
}
