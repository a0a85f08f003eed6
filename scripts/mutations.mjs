/**
 * Seeds faults into the sources of packages, one at a time, and says which of them the tests of the package find:
 *
 *     node scripts/mutations.mjs [--faults 100] [--key 0] [packages/optim …]
 *
 * The same key gives the same faults of the same sources. A fault that survives is no harm where it changes a bound of
 * speed or of memory, an error's text or nothing at all; else a test is missing. The files are those of this checkout
 * and are put back after each fault, so change nothing meanwhile.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { faultsIn, withFault } from './lib/faults.mjs'
import { sourceFiles, workspaceFolders } from './lib/files.mjs'

/** A run of tests that a fault keeps from ending is ended. */
const LONGEST_MS = 300_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { faults: { type: 'string', default: '100' }, key: { type: 'string', default: '0' } },
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

/**
 * @param {string} folder
 * @returns {Promise<boolean>} whether the tests of a package pass; all their processes end
 */
function pass(folder) {
  const command = ['vitest', 'run', `${folder}/test`, '--bail', '1', '--reporter', 'dot']
  const child = spawn('npx', command, { stdio: 'ignore', detached: true })
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), LONGEST_MS)
  return new Promise((resolve) => {
    child.on('close', (status) => {
      clearTimeout(timer)
      resolve(status === 0)
    })
  })
}

let caught = 0
for (const { folder, file, fault } of chosen) {
  const text = readFileSync(file, 'utf8')
  const line = text.slice(0, fault.from).split('\n').length
  const restore = () => writeFileSync(file, text)
  process.once('SIGINT', () => {
    restore()
    process.exit(1)
  })
  writeFileSync(file, withFault(text, fault))
  const survived = await pass(folder)
  restore()
  process.removeAllListeners('SIGINT')
  if (!survived) caught++
  const what = `${text.slice(fault.from, fault.to)} → ${fault.text}`
  console.log(`${survived ? 'survived' : 'caught  '}  ${file}:${line}  ${what}`)
}
console.log(`${caught} of ${chosen.length} faults caught, out of ${all.length} possible ones`)
