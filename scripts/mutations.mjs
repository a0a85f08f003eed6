/**
 * Seeds faults into the sources of packages, one at a time, and says which of them the tests of the package find:
 *
 *     node scripts/mutations.mjs [--faults 100] [--key 0] [--store] [--again] [packages/optim …]
 *
 * The same key gives the same faults of the same sources. The tests in the folder of the source run first, since most
 * faults end there. A fault that survives is no harm where it changes a bound of speed or of memory, an error's text or
 * nothing at all; else a test is missing. The files are those of this checkout and are put back after each fault, so
 * change nothing meanwhile.
 *
 * With --store each outcome is written to docs/reliability/mutations.json at once, and the next call continues behind
 * it; with --again the stored survivors are seeded once more, for tests that were written since. A `why` that was added
 * there by hand says what a survivor changes.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { faultsIn, withFault } from './lib/faults.mjs'
import { sourceFiles, workspaceFolders } from './lib/files.mjs'
import { root } from './lib/setup.mjs'

/** A run of tests that a fault keeps from ending is ended. */
const LONGEST_MS = 600_000

/** @typedef {'caught' | 'did not end' | 'survived'} Outcome */
/**
 * @typedef
 *   {{ file: string, line: number, what: string, outcome: Outcome, again?: string, why?: string }} Seeded
 *   `again`: the commit at which a test finds a fault that had survived, or that test
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    faults: { type: 'string', default: '100' },
    key: { type: 'string', default: '0' },
    store: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
  },
})
const folders = positionals.length > 0 ? positionals : workspaceFolders().filter((path) => path.startsWith('packages/'))
const changed = spawnSync('git', ['status', '--porcelain', ...folders], { encoding: 'utf8' }).stdout
if (changed !== '') throw new Error(`commit or put back first, since these files are changed and restored:\n${changed}`)

const all = folders.flatMap((folder) =>
  sourceFiles(`${folder}/src`).flatMap((file) =>
    faultsIn(readFileSync(file, 'utf8')).map((fault) => ({ folder, file, fault })),
  ),
)
const rank = (/** @type {(typeof all)[number]} */ { file, fault }) =>
  createHash('sha256').update(`${values.key} ${file} ${fault.from} ${fault.text}`).digest('hex')
const chosen = all
  .map((one) => ({ ...one, rank: rank(one) }))
  .sort((a, b) => (a.rank < b.rank ? -1 : 1))
  .slice(0, Number(values.faults))

const path = `${root}/docs/reliability/mutations.json`
const commit = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).stdout.trim()
const machine = { processor: cpus()[0]?.model ?? '', cores: cpus().length }
const fresh = {
  ...{ key: values.key, commit, dirty: false, begun: new Date().toISOString(), possible: all.length, machine },
  ...{ node: process.version, faults: /** @type {Seeded[]} */ ([]) },
}
/** @type {typeof fresh} */
const stored = values.store && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : fresh

/**
 * @param {string} tests a folder
 * @returns {Promise<Outcome>} of a run of these tests; all its processes end
 */
function run(tests) {
  const command = ['vitest', 'run', `${tests}/`, '--bail', '1', '--reporter', 'dot']
  const child = spawn('npx', command, { stdio: 'ignore', detached: true })
  let ended = true
  const timer = setTimeout(() => {
    ended = false
    process.kill(-(child.pid ?? 0), 'SIGKILL')
  }, LONGEST_MS)
  return new Promise((resolve) => {
    child.on('close', (status) => {
      clearTimeout(timer)
      resolve(!ended ? 'did not end' : status === 0 ? 'survived' : 'caught')
    })
  })
}

/** @returns {string} the folder of tests that mirrors that of a source */
function mirror(/** @type {string} */ folder, /** @type {string} */ file) {
  let tests = dirname(file.replace(`${folder}/src/`, `${folder}/test/`))
  while (!existsSync(tests)) tests = dirname(tests)
  return tests
}

/** @returns {Promise<Outcome>} */
async function seed(/** @type {(typeof all)[number]} */ { folder, file, fault }) {
  const text = readFileSync(file, 'utf8')
  const restore = () => writeFileSync(file, text)
  process.once('SIGINT', () => {
    restore()
    process.exit(1)
  })
  writeFileSync(file, withFault(text, fault))
  const near = mirror(folder, file)
  const whole = `${folder}/test`
  const first = await run(near)
  const outcome = first === 'survived' && near !== whole ? await run(whole) : first
  restore()
  process.removeAllListeners('SIGINT')
  return outcome
}

for (const one of chosen) {
  const text = readFileSync(one.file, 'utf8')
  const place = {
    file: one.file,
    line: text.slice(0, one.fault.from).split('\n').length,
    what: `${text.slice(one.fault.from, one.fault.to)} → ${one.fault.text}`,
  }
  const known = stored.faults.find((f) => f.file === place.file && f.line === place.line && f.what === place.what)
  if (known !== undefined && !(values.again && known.outcome === 'survived' && known.again === undefined)) continue
  const outcome = await seed(one)
  console.log(`${outcome.padEnd(11)}  ${place.file}:${place.line}  ${place.what}`)
  if (known === undefined) stored.faults.push({ ...place, outcome })
  else if (outcome !== 'survived') known.again = commit
  if (values.store) writeFileSync(path, `${JSON.stringify(stored, null, 2)}\n`)
}
const survivors = stored.faults.filter((f) => f.outcome === 'survived').length
console.log(
  `${stored.faults.length - survivors} of ${stored.faults.length} faults found, of ${all.length} possible ones`,
)
