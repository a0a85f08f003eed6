/**
 * `npm run docs`: the documentation as one static site, docs/.vitepress/dist. TypeDoc writes the API's pages, VitePress
 * the site; a link to nowhere or a warning of either fails it. The demo is built into `demo/` of the site.
 *
 *     npm run docs                       builds, unless nothing changed since the last build
 *     npm run docs serve                 also serves it on this machine
 *     npm run docs serve -- --port 8000  at another port than 4173
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { stateOf } from './lib/files.mjs'
import { ensureInstalled, root, toolEnvironment } from './lib/setup.mjs'

const docs = join(root, 'docs')
const site = join(docs, '.vitepress', 'dist')
const stamp = join(docs, 'node_modules', '.cache', 'site-built')

const usage = 'use npm run docs, or npm run docs serve -- --port 8000'

function parsed() {
  try {
    return parseArgs({ allowPositionals: true, options: { port: { type: 'string' } } })
  } catch (error) {
    return fail(`${String(error instanceof Error ? error.message : error).split('.')[0]}; ${usage}`, 2)
  }
}

/** @returns {{ readonly serve: boolean, readonly port: number }} */
function read() {
  const { values, positionals } = parsed()
  const port = Number(values.port ?? 4173)
  const [command, ...more] = positionals
  if (more.length > 0 || (command !== undefined && command !== 'serve'))
    fail(`unknown: ${positionals.join(' ')}; ${usage}`, 2)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    fail(`--port ${values.port} is not a port: give 1 to 65535`, 2)
  return { serve: command === 'serve', port }
}

/**
 * @param {string} message
 * @param {number} [code]
 * @returns {never}
 */
function fail(message, code = 1) {
  console.error(message)
  process.exit(code)
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} [folder]
 */
function run(command, args, folder = docs) {
  const env = { ...toolEnvironment(), PATH: `${join(docs, 'node_modules/.bin')}:${toolEnvironment().PATH}` }
  const done = spawnSync(command, args, { cwd: folder, env, stdio: 'inherit' })
  if (done.status !== 0) process.exit(done.status ?? 1)
}

/** Everything that a page is made from. */
const sources = [
  ...['docs', 'apps/demo', 'packages'].map((folder) => join(root, folder)),
  ...['scripts/docs.mjs', 'pnpm-lock.yaml'].map((file) => join(root, file)),
]

/** @returns {boolean} whether the site is that of today's sources; a file that is gone changes their number */
function isBuilt() {
  if (!existsSync(stamp) || !existsSync(join(site, 'demo', 'index.html'))) return false
  const { count, newest } = stateOf(sources)
  return newest <= statSync(stamp).mtimeMs && String(count) === readFileSync(stamp, 'utf8')
}

/**
 * @returns {string} the folder of the built demo: the tests name one, since turbo would write the files that other
 * tests read
 */
function demo() {
  const built = process.env['SPIKEWARD_DEMO_SITE']
  if (built !== undefined) return built
  run('turbo', ['run', 'build', '--filter=@spikeward/demo', '--output-logs=errors-only', '--log-order=grouped'], root)
  return join(root, 'apps/demo/dist')
}

function build() {
  const begun = new Date()
  run('typedoc', ['--treatWarningsAsErrors', '--logLevel', 'Warn'])
  run('vitepress', ['build'])
  rmSync(join(site, 'demo'), { recursive: true, force: true })
  cpSync(demo(), join(site, 'demo'), { recursive: true })
  mkdirSync(join(stamp, '..'), { recursive: true })
  writeFileSync(stamp, String(stateOf(sources).count))
  // A file saved while the build ran counts as newer.
  utimesSync(stamp, begun, begun)
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })

const { serve, port } = read()
if (serve && !(await isFree(port)))
  fail(`port ${port} is in use; choose another: npm run docs serve -- --port ${port === 65_535 ? 8000 : port + 1}`)
ensureInstalled()
if (isBuilt()) console.log('Nothing changed since the last build')
else build()
if (serve) run('vitepress', ['preview', '--port', String(port)])
else console.log('docs/.vitepress/dist: serve it from any host, or view it by npm run docs serve')
