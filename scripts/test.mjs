/**
 * `npm test`: sets everything up, runs every check and every test, and ends with one line,
 * `N passed, N failed[, N skipped]`, in which each check counts as one.
 *
 * With CI=true the Debian packages that tests need are installed, and a skipped test is a failure.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { childSeconds } from './lib/childSeconds.mjs'
import { find, installMissing } from './lib/debian.mjs'
import { runInLanes } from './lib/runInLanes.mjs'
import { buildTasks, ensureInstalled, root, toolEnvironment } from './lib/setup.mjs'
import { failedTests, lastLine, readReport } from './lib/tally.mjs'
import { installRuntimes } from './runtimes/runtimes.mjs'

/** @typedef {{ readonly name: string, readonly command: readonly string[], readonly after?: string }} Check */

const turbo = ['--output-logs=errors-only', '--continue=dependencies-successful']
const programs = 'programs that the tests need'
const build = 'build'

/**
 * Checks that need no program and no build come first, since programs are being installed meanwhile; then the build,
 * which many checks wait for; then the long checks.
 *
 * @type {readonly Check[]}
 */
const checks = [
  { name: 'format (biome)', command: ['biome', 'format', '--max-diagnostics=10'] },
  { name: 'length of files', command: ['node', 'scripts/checks/lines.mjs'] },
  { name: 'size of packages', command: ['node', 'scripts/checks/size.mjs', '--against', 'HEAD'] },
  { name: 'names of files', command: ['node', 'scripts/checks/names.mjs'] },
  { name: 'retired words', command: ['node', 'scripts/checks/words.mjs', '--list'] },
  { name: 'graph of packages', command: ['node', 'scripts/checks/graph.mjs'] },
  { name: 'import circles, Svelte components included', command: ['node', 'scripts/checks/circles.mjs'] },
  { name: 'licences of dependencies', command: ['node', 'scripts/checks/licences.mjs'] },
  { name: build, command: ['turbo', 'run', ...buildTasks, ...turbo], after: programs },
  // In one pass, since lint needs the types too.
  { name: 'lint and types of sources and tests (oxlint)', command: ['oxlint', '--type-check'] },
  {
    name: 'types of the site of the docs and of the demo',
    // They read the declarations of the build. Turbo would write those again from its cache, while other checks read
    // them.
    command: ['pnpm', '--no-bail', '--filter=@spikeward/docs', '--filter=@spikeward/demo', 'run', 'typecheck'],
    after: build,
  },
  // It reads the declarations of the build too.
  {
    name: 'lint of Svelte components (eslint)',
    command: ['pnpm', '--filter=@spikeward/demo', 'run', 'lint'],
    after: build,
  },
  { name: 'unused code and dependencies (knip)', command: ['knip', '--no-config-hints'] },
  {
    name: 'native addon under AddressSanitizer and UBSan',
    command: ['node', 'packages/backend-native/scripts/test-sanitized.mjs'],
    // It loads the bundles of other packages, as the tests in Node do.
    after: build,
  },
  {
    name: 'native addon on an emulated Arm processor',
    command: ['node', 'packages/backend-native/scripts/test-arm.mjs'],
    after: programs,
  },
  { name: 'published packages (publint, attw)', command: ['node', 'scripts/checks/pack.mjs'], after: build },
  { name: 'bundle sizes (size-limit)', command: ['size-limit'], after: build },
]

/** Exit code of a check that lacks a program; the last line of its output names it. */
const lacksProgram = 77

/** The number of lines shown of a failing check: one broken type in core can break a thousand lines elsewhere. */
const shownLines = 200

const strict = process.env['CI'] === 'true'
const begun = performance.now()
/** Processor seconds of the commands that have ended. */
let counted = 0
const total = { passed: 0, failed: 0, skipped: 0 }
/** Prints each failure again at the end, with the end of its output, since a log may be truncated at the failure. */
/** @type {string[]} */
const failing = []
/** Names of the checks that passed. */
/** @type {Set<string>} */
const passed = new Set()

process.chdir(root)
ensureInstalled()
counted = childSeconds()
// The files of a release in reports/release/ stay.
rmSync('reports/test', { recursive: true, force: true })
mkdirSync('reports/test', { recursive: true })

// The tests in Node begin when a lane is free, while the last checks run in the others. One lane more than cores, since
// checks wait for files, pages and a single thread: no core waits.
await runInLanes(
  [
    { name: programs, work: installPrograms },
    ...checks.map((check) => ({ ...check, work: () => runCheck(check) })),
    { name: 'tests in Chromium', after: programs, work: runBrowser },
    { name: 'tests in Node', after: build, work: runNode },
  ],
  Math.min(4, availableParallelism() + 1),
)

// A skip is a failure where everything that is needed could be installed.
if (strict) {
  total.failed += total.skipped
  total.skipped = 0
}
if (failing.length > 0) console.log(`\nFailed:\n${failing.map((name) => `- ${name}`).join('\n')}`)
console.log(`\nAll of it took ${seconds(begun)}, and ${childSeconds().toFixed(0)} s of processor time, on ${machine()}`)
console.log(lastLine(total))
process.exitCode = total.failed > 0 ? 1 : 0

async function installPrograms() {
  if (!strict) return
  const start = performance.now()
  const there = [await installMissing(), await installRuntimes()].every(Boolean)
  // The next command to end did not spend it.
  counted = childSeconds()
  console.log(`\n== ${programs}: ${there ? 'there' : 'NOT all there'} (${seconds(start)})`)
}

/** @param {Check} check */
async function runCheck({ name, command }) {
  const start = performance.now()
  const { status, output, processor } = await run(command, 'pipe')
  if (status === lacksProgram) {
    console.log(`\n== ${name}: skipped: ${lastLines(output).at(-1)}`)
    total.skipped++
    return
  }
  console.log(`\n== ${name}: ${status === 0 ? 'passed' : 'FAILED'} (${seconds(start)}, processor ${processor})`)
  if (status === 0) {
    total.passed++
    passed.add(name)
  } else {
    total.failed++
    failing.push([name, ...lastLines(output)].join('\n    '))
    console.log(`$ ${command.join(' ')}\n${firstLines(output.trimEnd())}`)
  }
}

/**
 * @param {'node' | 'browser'} project
 * @param {readonly string[]} options
 * @param {'pipe' | 'inherit'} how
 */
async function runVitest(project, options, how) {
  const start = performance.now()
  const name = `tests in ${project === 'node' ? `Node ${process.version}` : 'Chromium'}`
  const report = `reports/test/${project}.json`
  const reporters = ['default', 'json', './scripts/lib/vitest/skipReporter.mjs'].map((r) => `--reporter=${r}`)
  const command = ['vitest', 'run', ...options, ...reporters, `--outputFile.json=${report}`]
  const { status, output, processor } = await run(command, how)
  const tally = readReport(report, status)
  total.passed += tally.passed
  total.failed += tally.failed
  total.skipped += tally.skipped
  if (tally.failed > 0) failing.push([`tests in ${project}`, ...failedTests(report).slice(0, 30)].join('\n    '))
  if (tally.failed > 0 || tally.skipped > 0) console.log(output)
  console.log(`\n== ${name}: ${lastLine(tally)} (${seconds(start)}, processor ${processor})`)
}

async function runNode() {
  if (!passed.has(build)) return runVitest('node', [], 'inherit')
  // Several files of tests visit the demo; they would build it again. They read a copy, since one of them tests
  // `npm run demo`, which writes the built files anew from turbo's cache.
  const site = mkdtempSync(join(tmpdir(), 'spikeward-demo-'))
  cpSync('apps/demo/dist', site, { recursive: true })
  process.env['SPIKEWARD_DEMO_SITE'] = site
  try {
    await runVitest('node', [], 'inherit')
  } finally {
    rmSync(site, { recursive: true })
  }
}

async function runBrowser() {
  const chromium = process.env['CHROMIUM'] ?? find('chromium')
  if (chromium !== undefined) {
    process.env['CHROMIUM'] = chromium
    await runVitest('browser', ['--config', 'vitest.browser.config.ts'], 'pipe')
    return
  }
  console.log('\n== tests in Chromium: skipped: no chromium on this machine; install it, or name one in CHROMIUM')
  total.skipped++
}

/**
 * @param {readonly string[]} command
 * @param {'pipe' | 'inherit'} how
 * @returns {Promise<{ status: number | null, output: string, processor: string }>}
 */
function run([program = '', ...args], how) {
  return new Promise((resolve) => {
    let output = ''
    let processor = ''
    const child = spawn(program, args, { env: toolEnvironment(), stdio: ['ignore', how, how] })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text))
    }
    child.on('exit', () => {
      // Whatever has been added since another command ended is the time of this one.
      const now = childSeconds()
      processor = `${(now - counted).toFixed(1)} s`
      counted = now
    })
    child.on('error', (error) => resolve({ status: null, output: error.message, processor }))
    child.on('close', (status) => resolve({ status, output, processor }))
  })
}

/** @param {string} output */
function firstLines(output) {
  const lines = output.split('\n')
  if (lines.length <= shownLines) return output
  return [...lines.slice(0, shownLines), `… and ${lines.length - shownLines} more lines`].join('\n')
}

/** @param {string} output */
function lastLines(output) {
  return output.trimEnd().split('\n').slice(-12)
}

/** The processor, since a time means little without it. */
function machine() {
  return `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'an unknown processor'}`
}

/** @param {number} start */
function seconds(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`
}
