/**
 * Writes the figures of docs/reliability/index.md from the JSON beside it:
 *
 *     node apps/soak/scripts/page.mjs [--check]
 *
 * With --check it exits with 1 if the page differs. requirements.json lists the requirements on reliability, with the parts of the soak and
 * the tests that show each; `changed` names parts whose earlier sessions tested older code: since when, by which commit, and what
 * the later sessions test.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { tableOf } from '../../../scripts/lib/tableOf.mjs'

const docs = new URL('../../../docs/', import.meta.url)
const read = (/** @type {string} */ name) => JSON.parse(readFileSync(new URL(`reliability/${name}`, docs), 'utf8'))
const number = (/** @type {number} */ n) => n.toLocaleString('en-US')
const day = (/** @type {string} */ time) => time.slice(0, 10)
const short = (/** @type {string | null} */ commit) => (commit === null ? 'none' : `\`${commit.slice(0, 8)}\``)

/**
 * @typedef {{ unit: string, target: number, tries: number, failures: number, counts: Record<string, number> }} Part
 * @typedef {{ commit: string | null, dirty: boolean, begun: string, parts: Record<string, Part>,
 *   found?: readonly { part: string, what: string, how: { format?: string } }[] }} Session
 * @typedef {{ what: string, parts: readonly string[], tests: readonly string[] }} Requirement
 * @typedef {Record<string, { since: string, by?: string, what: string }>} Changes
 */

/** @type {{ readonly requirements: readonly Requirement[], readonly changed: Changes }} */
export const { requirements, changed } = read('requirements.json')

/** Parts that read files, and record the ending of each. */
const reading = ['files', 'hdf5Files', 'nir']

/**
 * Tries whose ending is recorded: those of earlier sessions that are not do not count.
 *
 * @param {string} name of the part
 * @param {Pick<Part, 'tries' | 'counts'> | undefined} part
 */
const counted = (name, part = { tries: 0, counts: {} }) =>
  reading.includes(name) ? Object.values(part.counts).reduce((n, count) => n + count, 0) : part.tries

/** @returns {string} tries and failures of every part over all sessions */
export function soakTable({ sessions } = read('soak.json')) {
  /** @type {Record<string, { unit: string, target: number, tries: number, failures: number }>} */
  const all = {}
  for (const { parts } of /** @type {readonly Session[]} */ (sessions))
    for (const [name, part] of Object.entries(parts)) {
      const { tries, failures } = all[name] ?? { tries: 0, failures: 0 }
      all[name] = { ...part, tries: tries + counted(name, part), failures: failures + part.failures }
    }
  const rows = Object.entries(all).map(([name, { unit, tries, failures, target }]) => [
    ...[`\`${name}\``, unit],
    ...[tries, failures, target].map(number),
  ])
  return tableOf([['part', 'one try', 'tries', 'failures', 'goal'], ...rows])
}

/** @returns {string} the files of each reader over all sessions, by how reading ended; a failure may also be a file that was read or refused too slowly */
export function readerTable({ sessions } = read('soak.json')) {
  /** Files read, refused, that ended their thread, faults, and failures of a reader. @type {Map<string, number[]>} */
  const readers = new Map()
  const add = (/** @type {string} */ reader, /** @type {number} */ kind, /** @type {number} */ count) => {
    const row = readers.get(reader) ?? [0, 0, 0, 0, 0]
    readers.set(reader, row.with(kind, (row[kind] ?? 0) + count))
  }
  for (const { parts, found = [] } of /** @type {readonly Session[]} */ (sessions)) {
    for (const part of reading)
      for (const [key, count] of Object.entries(parts[part]?.counts ?? {})) {
        const [, reader = '', ending = ''] = /^(.*): (.*)$/.exec(key) ?? []
        const kind = ending === 'read' ? 0 : ending === 'FAULT' ? 3 : /^[A-Z_]+$/.test(ending) ? 1 : 2
        add(reader, kind, Number(count))
      }
    // An entry stands for one file, or for the number that it begins with.
    for (const { part, what, how } of found)
      if (reading.includes(part)) add(how.format ?? '', 4, Number(/^(\d+) further files/.exec(what)?.[1] ?? 1))
  }
  const rows = [...readers]
    .map(([reader, [whole = 0, refused = 0, ended = 0, faults = 0, failures = 0]]) => ({
      files: whole + refused + ended + faults,
      row: [whole, refused, ended, failures],
      reader,
    }))
    .filter(({ files }) => files > 0)
    .sort((a, b) => b.files - a.files)
    .map(({ reader, files, row }) => [reader, ...[files, ...row].map(number)])
  return tableOf([['reader', 'files', 'read', 'refused with a code', 'ended its thread', 'failures'], ...rows])
}

/** @returns {string} how many files do not count, because their endings are not recorded */
export function unrecorded({ sessions } = read('soak.json')) {
  const lacking = /** @type {readonly Session[]} */ (sessions).flatMap(({ commit, parts }) =>
    reading.flatMap((name) => {
      const files = (parts[name]?.tries ?? 0) - counted(name, parts[name])
      return files === 0 ? [] : [{ commit, files }]
    }),
  )
  const files = lacking.reduce((n, one) => n + one.files, 0)
  return `Both tables leave out ${number(files)} files of sessions up to ${short(lacking.at(-1)?.commit ?? null)}, whose endings are unknown: a file that ended its thread took with it the results of the files that the thread had read before it in the same request.`
}

/** @returns {[tries: string, failures: string, date: string, commit: string]} of a part: date of its last session, commits of the first and the last */
export function soaked(/** @type {string} */ part, { sessions } = read('soak.json'), changes = changed) {
  /** @type {readonly Session[]} */
  const own = sessions.filter((/** @type {Session} */ s) => (s.parts[part]?.tries ?? 0) > 0)
  const [first, last] = [own[0], own.at(-1)]
  if (first === undefined || last === undefined) return ['0', '0', '–', '–']
  const triesOf = (/** @type {readonly Session[]} */ some) =>
    number(some.reduce((n, { parts }) => n + counted(part, parts[part]), 0))
  const change = changes[part]
  const since = own.filter((s) => change !== undefined && Date.parse(s.begun) >= Date.parse(change.since))
  const clean = since.filter((s) => !s.dirty)
  const from = change?.by === undefined ? '' : `, from \`${change.by}\` on`
  const tries = [
    triesOf(own),
    ...(change === undefined ? [] : [`${triesOf(since)} of them ${change.what}${from}`]),
    ...(clean.length < since.length ? [`${triesOf(clean)} of these at a clean commit`] : []),
  ].join('; ')
  const failures = own.reduce((n, s) => n + (s.parts[part]?.failures ?? 0), 0)
  const commits =
    own.length === 1 ? short(last.commit) : `${own.length} sessions, ${short(first.commit)} to ${short(last.commit)}`
  const dirty = own.filter((s) => s.dirty).length
  return [tries, number(failures), day(last.begun), dirty === 0 ? commits : `${commits}; ${dirty} changed`]
}

/** @returns {string} the requirements, one per line, with the tests and parts that show them */
export function requirementTable(stored = read('tests.json')) {
  const rows = requirements.flatMap(({ what, parts, tests }, i) => {
    const results = tests.flatMap((path) => stored.files[path] ?? [])
    const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ kind) => results.reduce((n, r) => n + r[kind], 0)
    const told = [
      `${number(sum('passed') + sum('failed'))} tests`,
      ...(sum('skipped') > 0 ? [`${sum('skipped')} skipped`] : []),
      ...results.flatMap((r) => Object.entries(r.figures)).map(([name, value]) => `${name}: ${number(value)}`),
    ].join('; ')
    const commit = `${short(stored.commit)}${stored.dirty ? ', changed' : ''}`
    const shown = `\`npx vitest run ${tests.join(' ')}\``
    return [
      [String(i + 1), what, shown, told, number(sum('failed')), day(stored.begun), commit],
      ...parts.map((part) => ['', '', `\`npm run -s soak -- --parts ${part}\``, ...soaked(part)]),
    ]
  })
  return tableOf([['', 'what', 'shown by', 'tries', 'failures', 'date', 'commit'], ...rows])
}

/** @returns {string} the largest error of each operation on each backend */
export function accuracyTable({ errors } = read('accuracy.json')) {
  const backends = Object.keys(errors)
  const operations = Object.keys(errors[backends[0] ?? ''] ?? {})
  const rows = operations.map((op) => [`\`${op}\``, ...backends.map((b) => String(errors[b][op]))])
  return tableOf([['operation', ...backends], ...rows])
}

/** @returns {string} where and when the errors of operations were measured */
export const accuracySource = ({ commit, dirty, begun, machine, node } = read('accuracy.json')) =>
  `Measured on ${day(begun)} at ${short(commit)}${dirty ? ', with changes' : ''}: ${machine.processor}, ${machine.os}, Node ${node.slice(1)}.`

/** The page with the tables between their marks. */
export function filled(/** @type {string} */ page) {
  const tables = {
    soak: soakTable(),
    readers: `${readerTable()}\n\n${unrecorded()}`,
    requirements: requirementTable(),
    accuracy: `${accuracyTable()}\n\n${accuracySource()}`,
  }
  return Object.entries(tables).reduce(
    (text, [mark, table]) =>
      text.replace(new RegExp(`(<!-- ${mark} -->\n)[^]*?(<!-- end -->)`), (_, a, b) => `${a}\n${table}\n\n${b}`),
    page,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = new URL('reliability/index.md', docs)
  const page = readFileSync(path, 'utf8')
  if (process.argv.includes('--check')) process.exitCode = filled(page) === page ? 0 : 1
  else writeFileSync(path, filled(page))
}
