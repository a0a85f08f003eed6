/**
 * Writes the figures of docs/reliability/index.md from docs/reliability/soak.json and accuracy.json:
 *
 *     node apps/soak/scripts/page.mjs [--check]
 *
 * --check: exits 1 where the page differs.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { markdownTable } from 'markdown-table'

const docs = new URL('../../../docs/', import.meta.url)
const read = (/** @type {string} */ name) => JSON.parse(readFileSync(new URL(`reliability/${name}`, docs), 'utf8'))
const number = (/** @type {number} */ n) => n.toLocaleString('en-US')

/** @returns {string} tries and failures of every part over all sessions */
export function soakTable({ sessions } = read('soak.json')) {
  /** @type {Record<string, { unit: string, target: number, tries: number, failures: number }>} */
  const all = {}
  for (const { parts } of sessions)
    for (const [name, { unit, target, tries, failures }] of Object.entries(parts)) {
      const before = all[name] ?? { tries: 0, failures: 0 }
      all[name] = { unit, target, tries: before.tries + tries, failures: before.failures + failures }
    }
  const rows = Object.entries(all).map(([name, p]) => [
    `\`${name}\``,
    p.unit,
    number(p.tries),
    number(p.failures),
    number(p.target),
  ])
  return markdownTable([['part', 'one try', 'tries', 'failures', 'goal'], ...rows], { alignDelimiters: false })
}

/** @returns {string} the largest error of each operation on each backend */
export function accuracyTable(found = read('accuracy.json')) {
  const backends = Object.keys(found)
  const operations = Object.keys(found[backends[0] ?? ''] ?? {})
  const rows = operations.map((op) => [`\`${op}\``, ...backends.map((b) => String(found[b][op]))])
  return markdownTable([['operation', ...backends], ...rows], { alignDelimiters: false })
}

/** The page with the tables between their marks. */
export function filled(/** @type {string} */ page) {
  const put = (/** @type {string} */ text, /** @type {string} */ mark, /** @type {string} */ table) =>
    text.replace(
      new RegExp(`(<!-- ${mark} -->\n)[^]*?(<!-- end -->)`),
      (_, begin, end) => `${begin}\n${table}\n\n${end}`,
    )
  return put(put(page, 'soak', soakTable()), 'accuracy', accuracyTable())
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = new URL('reliability/index.md', docs)
  const page = readFileSync(path, 'utf8')
  if (process.argv.includes('--check')) process.exitCode = filled(page) === page ? 0 : 1
  else writeFileSync(path, filled(page))
}
