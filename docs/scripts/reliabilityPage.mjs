/**
 * Writes the figures of docs/reliability/index.md from the JSON beside it:
 *
 *     node docs/scripts/reliabilityPage.mjs [--check]
 *
 * With --check it exits with 1 if the page differs. requirements.json lists the requirements on reliability, with the
 * parts of the soak and the tests that show each; `changed` names parts whose earlier sessions tested older code: since
 * when, by which commit, and what the later sessions test.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { tableOf } from '../../scripts/lib/tableOf.mjs'

const docs = new URL('../', import.meta.url)
const read = (/** @type {string} */ name) => JSON.parse(readFileSync(new URL(`reliability/${name}`, docs), 'utf8'))
const number = (/** @type {number} */ n) => n.toLocaleString('en-US')
const day = (/** @type {string} */ time) => time.slice(0, 10)
const short = (/** @type {string | null} */ commit) => (commit === null ? 'none' : `\`${commit.slice(0, 8)}\``)

/**
 * @typedef {{ unit: string, target: number, tries: number, failures: number, counts: Record<string, number> }} Part
 * @typedef {{ commit: string | null, begun: string, parts: Record<string, Part>,
 *   found?: readonly { part: string, what: string, how: { format?: string } }[] }} Session
 * @typedef {{ what: string, parts: readonly string[], tests: readonly string[] }} Requirement
 * @typedef {Record<string, { since: string, by?: string, what: string }>} Changes
 */

/** @type {{ readonly requirements: readonly Requirement[], readonly changed: Changes }} */
export const { requirements, changed } = read('requirements.json')

/** Parts that read files, and record the ending of each. */
const reading = ['files', 'hdf5Files', 'nir']

/** @type {<T>(all: readonly T[], of: (one: T) => number) => number} */
const total = (all, of) => all.reduce((n, one) => n + of(one), 0)

/**
 * The parts of all sessions. `counted` is the number of tries whose ending is recorded: earlier sessions did not record
 * all.
 */
const partsOf = (/** @type {readonly Session[]} */ sessions) =>
  sessions.flatMap(({ parts, ...session }) =>
    Object.entries(parts).map(([name, part]) => {
      const counted = reading.includes(name) ? total(Object.values(part.counts), (n) => n) : part.tries
      return { ...session, ...part, name, counted }
    }),
  )

/** @type {<T>(all: readonly T[], nameOf: (one: T) => string) => (readonly [string, readonly T[]])[]} */
const byName = (all, nameOf) =>
  [...new Set(all.map(nameOf))].map((name) => [name, all.filter((one) => nameOf(one) === name)])

/** @returns {string} tries and failures of every part over all sessions */
export function soakTable({ sessions } = read('soak.json')) {
  const rows = byName(partsOf(sessions), ({ name }) => name).map(([name, own]) => {
    const { unit = '', target = 0 } = own.at(-1) ?? {}
    const figures = [total(own, (p) => p.counted), total(own, (p) => p.failures), target]
    return [`\`${name}\``, unit, ...figures.map(number)]
  })
  return tableOf([['part', 'one try', 'tries', 'failures', 'goal'], ...rows])
}

/** How reading a file ended, for the columns of a table: a fault is among the failures. */
const endings = ['read', 'refused', 'ended']

/** @param {string} text the ending that a session recorded */
const endingOf = (text) => (/^(read|FAULT)$/.test(text) ? text : /^[A-Z_]+$/.test(text) ? 'refused' : 'ended')

/**
 * @returns {string} the files of each reader over all sessions, by how reading ended; a failure may also be a file that
 * was read or refused too slowly
 */
export function readerTable({ sessions } = read('soak.json')) {
  const files = partsOf(sessions).flatMap(({ name, counts }) =>
    (reading.includes(name) ? Object.entries(counts) : []).map(([key, count]) => {
      const [, reader = '', text = ''] = /^(.*): (.*)$/.exec(key) ?? []
      return { reader, ending: endingOf(text), count }
    }),
  )
  // An entry stands for one file, or for the number that it begins with.
  const failures = /** @type {readonly Session[]} */ (sessions)
    .flatMap(({ found = [] }) => found.filter(({ part }) => reading.includes(part)))
    .map(({ what, how }) => ({ reader: how.format, count: Number(/^(\d+) further files/.exec(what)?.[1] ?? 1) }))
  const count = (/** @type {readonly { readonly count: number }[]} */ some) => total(some, (f) => f.count)
  const rows = byName(files, ({ reader }) => reader)
    .sort(([, a], [, b]) => count(b) - count(a))
    .map(([reader, own]) => {
      const byEnding = endings.map((ending) => own.filter((f) => f.ending === ending))
      return [reader, ...[own, ...byEnding, failures.filter((f) => f.reader === reader)].map(count).map(number)]
    })
  return tableOf([['reader', 'files', 'read', 'refused with a code', 'ended its thread', 'failures'], ...rows])
}

/** @returns {string} how many files do not count, because their endings are not recorded */
export function unrecorded({ sessions } = read('soak.json')) {
  const lacking = partsOf(sessions).filter((p) => p.tries > p.counted)
  const files = total(lacking, (p) => p.tries - p.counted)
  return `Both tables leave out ${number(files)} files of sessions up to ${short(lacking.at(-1)?.commit ?? null)}, whose endings are unknown: a file that ended its thread took with it the results of the files that the thread had read before it in the same request.`
}

/**
 * @returns {[tries: string, failures: string, date: string, commit: string]} of a part: date of its last session,
 * commits of the first and the last
 */
export function soaked(/** @type {string} */ part, { sessions } = read('soak.json'), changes = changed) {
  const own = partsOf(sessions).filter((p) => p.name === part && p.tries > 0)
  const [first, last] = [own[0], own.at(-1)]
  if (first === undefined || last === undefined) return ['0', '0', '–', '–']
  const triesOf = (/** @type {typeof own} */ some) => number(total(some, (p) => p.counted))
  const change = changes[part]
  const since = own.filter((p) => change !== undefined && Date.parse(p.begun) >= Date.parse(change.since))
  const from = change?.by === undefined ? '' : `, from \`${change.by}\` on`
  const tries = [
    triesOf(own),
    ...(change === undefined ? [] : [`${triesOf(since)} of them ${change.what}${from}`]),
  ].join('; ')
  const commits =
    own.length === 1 ? short(last.commit) : `${own.length} sessions, ${short(first.commit)} to ${short(last.commit)}`
  return [tries, number(total(own, (p) => p.failures)), day(last.begun), commits]
}

/** @returns {string} the requirements, one per line, with the tests and parts that show them */
export function requirementTable(stored = read('tests.json')) {
  const rows = requirements.flatMap(({ what, parts, tests }, i) => {
    const results = tests.flatMap((path) => stored.files[path] ?? [])
    const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ kind) => total(results, (r) => r[kind])
    const tries = [
      `${number(sum('passed') + sum('failed'))} tests`,
      ...(sum('skipped') > 0 ? [`${sum('skipped')} skipped`] : []),
      ...results.flatMap((r) => Object.entries(r.figures)).map(([name, value]) => `${name}: ${number(value)}`),
    ].join('; ')
    const shown = `\`npx vitest run ${tests.join(' ')}\``
    return [
      [String(i + 1), what, shown, tries, number(sum('failed')), day(stored.begun), short(stored.commit)],
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
export const accuracySource = ({ commit, begun, machine, node } = read('accuracy.json')) =>
  `Measured on ${day(begun)} at ${short(commit)}: ${machine.processor}, ${machine.os}, Node ${node.slice(1)}.`

/** @typedef {{ file: string, line: number, what: string, outcome: string, again?: string, why?: string }} Seeded */

/** @returns {string} how many seeded faults the tests found, and those that survived */
export function mutationText({ commit, begun, machine, faults, possible } = read('mutations.json')) {
  const of = (/** @type {string} */ outcome) => faults.filter((/** @type {Seeded} */ f) => f.outcome === outcome)
  const survivors = /** @type {readonly Seeded[]} */ (of('survived'))
  const again = survivors.filter((f) => f.again !== undefined)
  const counts = `Of ${faults.length} faults, drawn from ${number(possible)} on ${day(begun)} at ${short(commit)} (${machine.processor}), the tests of the same package found ${of('caught').length}, ${of('did not end').length} kept tests from ending, and ${survivors.length} survived, of which ${again.length} are found by tests written since.`
  const rows = survivors.map((f) => [
    `\`${f.file}:${f.line}\``,
    `\`${f.what}\``,
    f.again === undefined ? (f.why ?? '–') : `found since: \`${f.again}\``,
  ])
  return `${counts}\n\n${tableOf([['survivor', 'fault', 'likely reason, by reading'], ...rows])}`
}

/** The page with the tables between their marks. */
export function filled(/** @type {string} */ page) {
  const tables = {
    soak: soakTable(),
    readers: `${readerTable()}\n\n${unrecorded()}`,
    requirements: requirementTable(),
    mutations: mutationText(),
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
