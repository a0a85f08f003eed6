/**
 * `npm run check`: the first verdict on a change, within a minute: format, file lengths, retired words, the graph of
 * packages, types, lint and tests of the packages that differ from `main`, then tests of the packages that import them,
 * until the minute is over. `npm test` checks everything.
 *
 * Tests that the minute does not reach are named. Exits 1 where anything fails.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { dependentsOf } from './graph.mjs'
import { workspaceFolders } from './lib/files.mjs'
import { ensureInstalled, root, toolEnvironment } from './lib/setup.mjs'

/** Milliseconds after which no further test begins. */
const LIMIT = 50_000

/** Milliseconds that are left at least for the tests of changed packages; Vitest takes half of them to start. */
const MIN_TIME = 5000

const begun = performance.now()
process.chdir(root)
ensureInstalled()

const changed = changedFiles()
const folders = [...workspaceFolders(), 'docs']
const touched = folders.filter((folder) => changed.some((file) => file.startsWith(`${folder}/`)))
const rootChanged = changed.some((file) => /^(scripts\/|[^/]+\.(ts|mjs|json|yaml)$)/.test(file))
console.log(`${changed.length} files differ from ${base()}: ${touched.join(', ') || 'no package'}`)

const quick = await Promise.all([
  check('format (biome)', ['biome', 'format', '--max-diagnostics=10']),
  check('lint (oxlint)', ['oxlint', ...(rootChanged ? [] : touched)]),
  check('length of files', ['node', 'scripts/checks/lines.mjs']),
  check('names of files', ['node', 'scripts/checks/names.mjs']),
  check('retired words', ['node', 'scripts/checks/words.mjs', '--list']),
  check('graph of packages', ['node', 'scripts/checks/graph.mjs']),
  check('import circles', ['node', 'scripts/checks/circles.mjs']),
  checkTypes(),
])
const tests = rootChanged ? [...touched, 'scripts/test'] : touched
const tested = tests.length === 0 || (await runTests(tests))
const dependentsPass = !tested || (await testDependents())
console.log(
  'Not run: tests of apps and docs that did not change, tests in Chromium, the build and its checks. npm test runs them.',
)
console.log(`\n${seconds()} in all`)
process.exitCode = quick.every(Boolean) && tested && dependentsPass ? 0 : 1

/**
 * By tsgo, not by `oxlint --type-check`: lint reads the changed folders alone, while a change can break types in any
 * other. One pass reads everything, but the modules of the site of the docs and of the demo are resolved as a bundler
 * does.
 */
async function checkTypes() {
  const imports = changed.some((file) => file.startsWith('packages/'))
  const isTouched = (/** @type {string} */ config) => touched.some((folder) => config.startsWith(folder))
  const bundled = ['docs/tsconfig.site.json', 'apps/demo'].filter((config) => imports || isTouched(config))
  let fine = true
  for (const config of ['tsconfig.all.json', ...bundled])
    fine = (await check(`types of ${config}`, ['tsgo', '--noEmit', '-p', config])) && fine
  return fine
}

/** @param {readonly string[]} places */
async function runTests(places) {
  const own = ['skipReporter', 'deadlineReporter'].map((name) => `--reporter=./scripts/lib/vitest/${name}.mjs`)
  const reporters = ['--reporter=dot', ...own]
  const files = places.map((place) => `${place}/`)
  const { status } = await run(['vitest', 'run', '--passWithNoTests', ...reporters, ...files], 'inherit', {
    TEST_DEADLINE: String(Date.now() + Math.max(MIN_TIME, left())),
  })
  return status === 0
}

/** Tests the packages that import those that changed, until the minute is over. */
async function testDependents() {
  const names = dependentsOf(touched.map((folder) => folder.replace(/^packages\//, '')))
  if (names.length === 0) return true
  const hasTime = left() > MIN_TIME
  console.log(`Packages that import them${hasTime ? '' : ', for whose tests no time is left'}: ${names.join(', ')}`)
  return !hasTime || runTests(names.map((name) => join('packages', name)))
}

/**
 * @param {string} name
 * @param {readonly string[]} command
 * @returns {Promise<boolean>} whether it passed; its output is shown only if it failed
 */
async function check(name, command) {
  const { status, output } = await run(command, 'pipe')
  console.log(`${status === 0 ? 'passed' : 'FAILED'}  ${name} (${seconds()})${status === 0 ? '' : `\n${output}`}`)
  return status === 0
}

/**
 * @param {readonly string[]} command
 * @param {'pipe' | 'inherit'} how
 * @param {NodeJS.ProcessEnv} [more] environment
 * @returns {Promise<{ status: number | null, output: string }>}
 */
function run([program = '', ...args], how, more = {}) {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(program, args, { env: { ...toolEnvironment(), ...more }, stdio: ['ignore', how, how] })
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text))
    child.on('error', (error) => resolve({ status: null, output: error.message }))
    child.on('close', (status) => resolve({ status, output }))
  })
}

/** The base of the comparison: the commit where this branch left `main`, or the last commit on `main` itself. */
function base() {
  for (const name of ['main', 'origin/main']) {
    const found = git('merge-base', name, 'HEAD')[0]
    if (found !== undefined) return found.slice(0, 12)
  }
  return 'HEAD'
}

/** @returns {string[]} paths that differ from the base, those that git does not know yet included */
function changedFiles() {
  const all = [...git('diff', '--name-only', base()), ...git('ls-files', '--others', '--exclude-standard')]
  return [...new Set(all)].filter((file) => existsSync(file))
}

/** @param {string[]} args */
function git(...args) {
  const done = spawnSync('git', args, { encoding: 'utf8' })
  return done.status === 0 ? done.stdout.split('\n').filter((line) => line !== '') : []
}

/** @returns {number} milliseconds until no further test begins */
function left() {
  return LIMIT - (performance.now() - begun)
}

function seconds() {
  return `${((performance.now() - begun) / 1000).toFixed(1)} s`
}
