/**
 * Compiles the binding to Open MPI with g++ (or the compiler that CXX names) and `pkg-config ompi-c`.
 *
 *     node scripts/build-mpi.mjs [--strict]
 *
 * It writes build/mpi.node, unless the existing one has the same sources, compiler and library. If it cannot build, it
 * prints the reason, writes it to build/outcome.txt for the error message of `mpi()`, and exits with 0, so that neither
 * an install nor another build fails (with `--strict` it fails). A failed build keeps a binding that was built from the
 * same source, and removes any other.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'native', 'mpi.cpp')
const folder = join(root, 'build')
const addon = join(folder, 'mpi.node')
const outcome = join(folder, 'outcome.txt')
const compiler = process.env['CXX'] ?? 'g++'

const digest = (/** @type {readonly string[]} */ parts) => createHash('sha256').update(parts.join('\0')).digest('hex')
const textOf = (/** @type {string} */ path) => (existsSync(path) ? readFileSync(path, 'utf8') : null)
const digestOfSource = digest([readFileSync(source, 'utf8')])

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} absent the remedy that the error gives
 * @returns {string} what it wrote
 */
function run(program, args, absent) {
  const { error, status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) throw new Error(`there is no ${program} here; ${absent}`)
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr.trim()}; ${absent}`)
  return stdout
}

/** @returns {boolean} whether anything was compiled */
function build() {
  const install = 'install Open MPI: apt-get install openmpi-bin libopenmpi-dev pkg-config g++'
  const words = (/** @type {string} */ text) => text.split(/\s+/).filter((word) => word !== '')
  const library = words(run('pkg-config', ['--cflags', '--libs', 'ompi-c'], install))
  const compilerVersion = run(compiler, ['--version'], 'install g++, or name a compiler in CXX')
  const require = createRequire(import.meta.url)
  const headersOf = (/** @type {string} */ name) => dirname(require.resolve(`${name}/package.json`))
  const args = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-fvisibility=hidden', '-Wall', '-Wextra'],
    ...['-DNAPI_VERSION=8', '-DNAPI_DISABLE_CPP_EXCEPTIONS'],
    ...[`-I${join(headersOf('node-api-headers'), 'include')}`, `-I${headersOf('node-addon-api')}`],
    ...[source, ...library],
    ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
  ]
  const stamp = digest([compilerVersion, ...args, digestOfSource])
  if (existsSync(addon) && textOf(`${addon}.stamp`) === stamp) return false
  // Several builds may run at once: each renames its own file into place.
  const fresh = `${addon}.${process.pid}`
  run(compiler, [...args, '-o', fresh], 'see the messages of the compiler')
  renameSync(fresh, addon)
  writeFileSync(`${addon}.stamp`, stamp)
  writeFileSync(`${addon}.sources`, digestOfSource)
  return true
}

mkdirSync(folder, { recursive: true })
try {
  const begun = performance.now()
  const compiled = build()
  writeFileSync(outcome, 'built\n')
  console.log(
    `${addon}: ${compiled ? `compiled in ${((performance.now() - begun) / 1000).toFixed(1)} s` : 'up to date'}`,
  )
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  const stays = existsSync(addon) && textOf(`${addon}.sources`) === digestOfSource
  if (!stays) {
    rmSync(addon, { force: true })
    writeFileSync(outcome, `the binding to Open MPI could not be compiled: ${reason}\n`)
  }
  console.log(`The binding to Open MPI was not built: ${reason}${stays ? '; the binding of these sources stays' : ''}`)
  if (process.argv.includes('--strict')) process.exitCode = 1
}
