/**
 * Writes the figures of docs/reliability/index.md from soak.json, tests.json and accuracy.json beside it:
 *
 *     node apps/soak/scripts/page.mjs [--check]
 *
 * With --check it exits with 1 if the page differs.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { tableOf } from '../../../scripts/lib/tableOf.mjs'
import { changed, requirements } from './requirements.mjs'

const docs = new URL('../../../docs/', import.meta.url)
const read = (/** @type {string} */ name) => JSON.parse(readFileSync(new URL(`reliability/${name}`, docs), 'utf8'))
const number = (/** @type {number} */ n) => n.toLocaleString('en-US')

/** @typedef {{ unit: string, target: number, tries: number, failures: number }} Total */

/** Parts that read files, and record the ending of each. */
const reading = ['files', 'hdf5Files', 'nir']

/**
 * Tries whose ending is recorded: those of earlier sessions that are not do not count.
 *
 * @param {string} name of the part
 * @param {Total & { counts: Record<string, number> }} part
 */
const counted = (name, { tries, counts }) =>
  reading.includes(name) ? Object.values(counts).reduce((n, count) => n + count, 0) : tries

/** @returns {Record<string, Total>} tries and failures of every part over all sessions */
function totalsOf({ sessions } = read('soak.json')) {
  /** @type {Record<string, Total>} */
  const all = {}
  for (const { parts } of sessions)
    for (const [name, part] of Object.entries(parts)) {
      const { unit, target, failures } = part
      const before = all[name] ?? { tries: 0, failures: 0 }
      all[name] = { unit, target, tries: before.tries + counted(name, part), failures: before.failures + failures }
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
  return tableOf([['part', 'one try', 'tries', 'failures', 'goal'], ...rows])
}

/**
 * Failures of a reader over all sessions: an entry stands for one file, or for the number that it begins with.
 *
 * @param {string} reader
 * @param {readonly { found?: readonly { part: string, what: string, how: { format?: string } }[] }[]} sessions
 */
const failuresOf = (reader, sessions) =>
  sessions
    .flatMap(({ found = [] }) => found)
    .filter(({ part, how }) => reading.includes(part) && how.format === reader)
    .reduce((n, { what }) => n + Number(/^(\d+) further files/.exec(what)?.[1] ?? 1), 0)

/** @returns {string} the files of each reader over all sessions, by how reading ended; a failure may also be a file that was read or refused too slowly */
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
    .map(([reader, r]) => ({
      reader,
      ...r,
      failures: failuresOf(reader, sessions),
      files: r.read + r.refused + r.ended + r.faults,
    }))
    .sort((a, b) => b.files - a.files)
    .map((r) => [r.reader, ...[r.files, r.read, r.refused, r.ended, r.failures].map(number)])
  const head = ['reader', 'files', 'read', 'refused with a code', 'ended its thread', 'failures']
  return tableOf([head, ...rows])
}

/** @returns {string} how many files do not count, because their endings are not recorded */
export function unrecorded({ sessions } = read('soak.json')) {
  let lacking = 0
  let last = null
  for (const { commit, parts } of sessions)
    for (const name of reading) {
      const part = parts[name]
      if (part === undefined || counted(name, part) === part.tries) continue
      lacking += part.tries - counted(name, part)
      last = commit
    }
  return `Both tables leave out ${number(lacking)} files of sessions up to ${short(last)}, whose endings are unknown: a file that ended its thread took with it the results of the files that the thread had read before it in the same request.`
}

const day = (/** @type {string} */ time) => time.slice(0, 10)
const short = (/** @type {string | null} */ commit) => (commit === null ? 'none' : `\`${commit.slice(0, 8)}\``)

/** @returns {[tries: string, failures: string, date: string, commit: string]} of a part: date of its last session, commits of the first and the last */
export function soaked(/** @type {string} */ part, { sessions } = read('soak.json'), changes = changed) {
  /** @type {readonly { commit: string | null, dirty: boolean, begun: string, parts: Record<string, Total & { counts: Record<string, number> }> }[]} */
  const own = sessions.filter((/** @type {any} */ s) => (s.parts[part]?.tries ?? 0) > 0)
  const [first, last] = [own[0], own.at(-1)]
  if (first === undefined || last === undefined) return ['0', '0', '–', '–']
  const triesOf = (/** @type {typeof own} */ some) =>
    some.reduce((n, { parts: { [part]: one } }) => n + (one === undefined ? 0 : counted(part, one)), 0)
  const failures = own.reduce((n, s) => n + (s.parts[part]?.failures ?? 0), 0)
  const change = changes[part]
  const since = own.filter((s) => change !== undefined && Date.parse(s.begun) >= Date.parse(change.since))
  const clean = since.filter((s) => !s.dirty)
  const from = change?.by === undefined ? '' : `, from \`${change.by}\` on`
  const told = [
    number(triesOf(own)),
    ...(change === undefined ? [] : [`${number(triesOf(since))} of them ${change.what}${from}`]),
    ...(clean.length < since.length ? [`${number(triesOf(clean))} of these at a clean commit`] : []),
  ]
  const commits =
    own.length === 1 ? short(last.commit) : `${own.length} sessions, ${short(first.commit)} to ${short(last.commit)}`
  const dirty = own.filter((s) => s.dirty).length
  return [told.join('; '), number(failures), day(last.begun), dirty === 0 ? commits : `${commits}; ${dirty} changed`]
}

/** @returns {string} the requirements, one per line, with the tests and parts that show them */
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
  return tableOf([head, ...rows])
}

/** @returns {string} the largest error of each operation on each backend */
export function accuracyTable({ errors: found } = read('accuracy.json')) {
  const backends = Object.keys(found)
  const operations = Object.keys(found[backends[0] ?? ''] ?? {})
  const rows = operations.map((op) => [`\`${op}\``, ...backends.map((b) => String(found[b][op]))])
  return tableOf([['operation', ...backends], ...rows])
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
    ['readers', `${readerTable()}\n\n${unrecorded()}`],
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
