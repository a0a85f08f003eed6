/**
 * Writes the figures of docs/reliability/index.md from soak.json, tests.json and accuracy.json beside it:
 *
 *     node apps/soak/scripts/page.mjs [--check]
 *
 * --check: exits 1 where the page differs.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { markdownTable } from 'markdown-table'
import { requirements } from './requirements.mjs'

const docs = new URL('../../../docs/', import.meta.url)
const read = (/** @type {string} */ name) => JSON.parse(readFileSync(new URL(`reliability/${name}`, docs), 'utf8'))
const number = (/** @type {number} */ n) => n.toLocaleString('en-US')

/** @typedef {{ unit: string, target: number, tries: number, failures: number }} Total */

/** @returns {Record<string, Total>} tries and failures of every part over all sessions */
function totalsOf({ sessions } = read('soak.json')) {
  /** @type {Record<string, Total>} */
  const all = {}
  for (const { parts } of sessions)
    for (const [name, { unit, target, tries, failures }] of Object.entries(parts)) {
      const before = all[name] ?? { tries: 0, failures: 0 }
      all[name] = { unit, target, tries: before.tries + tries, failures: before.failures + failures }
    }
  return all
}

/** @returns {string} the parts of the soak */
export function soakTable() {
  const rows = Object.entries(totalsOf()).map(([name, p]) => [
    `\`${name}\``,
    p.unit,
    number(p.tries),
    number(p.failures),
    number(p.target),
  ])
  return markdownTable([['part', 'one try', 'tries', 'failures', 'goal'], ...rows], { alignDelimiters: false })
}

/** @returns {string} the files of each reader over all sessions, by how reading ended */
export function readerTable({ sessions } = read('soak.json')) {
  /** @type {Map<string, { read: number, refused: number, ended: number, faults: number }>} */
  const readers = new Map()
  for (const { parts } of sessions)
    for (const part of [parts.files, parts.hdf5Files, parts.nir])
      for (const [key, count] of Object.entries(part?.counts ?? {})) {
        const [, reader = '', ending = ''] = /^(.*): (.*)$/.exec(key) ?? []
        const row = readers.get(reader) ?? { read: 0, refused: 0, ended: 0, faults: 0 }
        const kind =
          ending === 'read' ? 'read' : ending === 'FAULT' ? 'faults' : /^[A-Z_]+$/.test(ending) ? 'refused' : 'ended'
        readers.set(reader, { ...row, [kind]: row[kind] + Number(count) })
      }
  const rows = [...readers]
    .map(([reader, r]) => ({ reader, ...r, files: r.read + r.refused + r.ended + r.faults }))
    .sort((a, b) => b.files - a.files)
    .map((r) => [r.reader, ...[r.files, r.read, r.refused, r.ended, r.faults].map(number)])
  const head = ['reader', 'files', 'read', 'refused with a code', 'ended its thread', 'failures']
  return markdownTable([head, ...rows], { alignDelimiters: false })
}

const day = (/** @type {string} */ time) => time.slice(0, 10)
const short = (/** @type {string | null} */ commit) => (commit === null ? 'none' : `\`${commit.slice(0, 8)}\``)

/** @returns {[tries: string, failures: string, date: string, commit: string]} of a part; date and commit of the last session */
function soaked(/** @type {string} */ part, { sessions } = read('soak.json')) {
  const { tries = 0, failures = 0 } = totalsOf()[part] ?? {}
  const last = sessions.findLast((/** @type {any} */ s) => (s.parts[part]?.tries ?? 0) > 0)
  if (last === undefined) return ['0', '0', '–', '–']
  return [number(tries), number(failures), day(last.begun), `${short(last.commit)}${last.dirty ? ', changed' : ''}`]
}

/** @returns {string} what was asked, line by line, with what shows it */
export function requirementTable(stored = read('tests.json')) {
  const rows = requirements.flatMap(({ what, parts, tests }, i) => {
    const results = tests.flatMap((path) => stored.files[path] ?? [])
    const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ kind) => results.reduce((n, r) => n + r[kind], 0)
    const figures = results.flatMap((r) => Object.entries(r.figures))
    const told = [
      `${number(sum('passed') + sum('failed'))} tests`,
      ...(sum('skipped') > 0 ? [`${sum('skipped')} skipped`] : []),
      ...figures.map(([name, value]) => `${name}: ${number(value)}`),
    ]
    return [
      [
        String(i + 1),
        what,
        `\`npx vitest run ${tests.join(' ')}\``,
        told.join('; '),
        number(sum('failed')),
        day(stored.begun),
        `${short(stored.commit)}${stored.dirty ? ', changed' : ''}`,
      ],
      ...parts.map((part) => ['', '', `\`npm run -s soak -- --parts ${part}\``, ...soaked(part)]),
    ]
  })
  const head = ['', 'what', 'shown by', 'tries', 'failures', 'date', 'commit']
  return markdownTable([head, ...rows], { alignDelimiters: false })
}

/** @returns {string} the largest error of each operation on each backend */
export function accuracyTable({ errors: found } = read('accuracy.json')) {
  const backends = Object.keys(found)
  const operations = Object.keys(found[backends[0] ?? ''] ?? {})
  const rows = operations.map((op) => [`\`${op}\``, ...backends.map((b) => String(found[b][op]))])
  return markdownTable([['operation', ...backends], ...rows], { alignDelimiters: false })
}

/** @returns {string} where and when the errors of operations were measured */
export function accuracySource({ commit, dirty, begun, machine, node } = read('accuracy.json')) {
  return `Measured on ${day(begun)} at ${short(commit)}${dirty ? ', with changes' : ''}: ${machine.processor}, ${machine.os}, Node ${node.slice(1)}.`
}

/** The page with the tables between their marks. */
export function filled(/** @type {string} */ page) {
  const put = (/** @type {string} */ text, /** @type {string} */ mark, /** @type {string} */ table) =>
    text.replace(
      new RegExp(`(<!-- ${mark} -->\n)[^]*?(<!-- end -->)`),
      (_, begin, end) => `${begin}\n${table}\n\n${end}`,
    )
  const tables = [
    ['soak', soakTable()],
    ['readers', readerTable()],
    ['requirements', requirementTable()],
    ['accuracy', `${accuracyTable()}\n\n${accuracySource()}`],
  ]
  return tables.reduce((text, [mark = '', table = '']) => put(text, mark, table), page)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = new URL('reliability/index.md', docs)
  const page = readFileSync(path, 'utf8')
  if (process.argv.includes('--check')) process.exitCode = filled(page) === page ? 0 : 1
  else writeFileSync(path, filled(page))
}
