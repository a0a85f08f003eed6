/**
 * Prepares a checkout for a command: dependencies installed, applications built.
 * It has no dependencies, and takes a few milliseconds if nothing changed.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundledFolders } from './files.mjs'

/** The root of the checkout. Every script here works from there. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

const stamps = join(root, 'node_modules', '.spikeward')

/** The file with the folders that `scripts/build/bundles.mjs` could not bundle, one a line. */
export const unbundled = join(stamps, 'unbundled')

/** The file whose time says when `scripts/build/bundles.mjs` last began, if it bundled every folder. */
export const bundled = join(stamps, 'bundled')

/**
 * NODE_OPTIONS for processes that end within seconds and for the processes that they start: V8 spends less time on
 * optimisation (`optimiseLate.cjs`), and collects young objects less often, since there is memory for more of them.
 *
 * @returns {string}
 */
export function optimisingLate() {
  const given = process.env['NODE_OPTIONS'] ?? ''
  const options = `--max-semi-space-size=64 --require=${JSON.stringify(join(root, 'scripts/lib/optimiseLate.cjs'))}`
  return given.includes(options) ? given : `${given} ${options}`.trim()
}

/** The environment of every tool: the workspace's own binaries first, late optimisation, telemetry off. */
export const toolEnvironment = () => ({
  ...process.env,
  NODE_OPTIONS: optimisingLate(),
  PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
})

/**
 * The tasks of turbo that build everything: JavaScript, the native addon, declarations and the demo (`npm run build`).
 */
export const buildTasks = ['bundles', 'native', 'types', '@spikeward/demo#build']

/**
 * Runs a command quietly. If it fails, prints its output to standard error.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {boolean} whether it succeeded
 */
function succeeds(command, args) {
  const done = spawnSync(command, args, { cwd: root, env: toolEnvironment(), encoding: 'utf8', maxBuffer: 1 << 28 })
  if (done.status === 0) return true
  process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}`)
  process.stderr.write(`${command} ${args.join(' ')} failed: ${done.error?.message ?? `exit code ${done.status}`}\n`)
  return false
}

/**
 * The packages with a script `native`, which compiles sources for this machine, and the file that it runs.
 *
 * @returns {readonly { readonly folder: string, readonly script: string }[]}
 */
function nativeScripts() {
  const packages = join(root, 'packages')
  return readdirSync(packages).flatMap((name) => {
    const folder = join(packages, name)
    const manifest = join(folder, 'package.json')
    const script = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).scripts?.native : undefined
    const file = /^node (\S+)$/.exec(script ?? '')?.[1]
    return file === undefined ? [] : [{ folder, script: file }]
  })
}

/**
 * Runs such a script, which shows its progress on standard error; its standard output is dropped.
 *
 * @param {{ readonly folder: string, readonly script: string }} native
 * @returns {boolean} whether it succeeded
 */
function compiles({ folder, script }) {
  /** @type {('ignore' | 'inherit')[]} */
  const stdio = ['ignore', 'ignore', 'inherit']
  const { status } = spawnSync(process.execPath, [script, '--progress'], { cwd: folder, env: toolEnvironment(), stdio })
  return status === 0
}

/** Installs the dependencies if they are absent or the lock file has changed. */
export function ensureInstalled() {
  const manager = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex')
  const stamp = join(stamps, 'installed')
  const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === lock
  if (isInstalled()) return
  alone(() => {
    if (isInstalled()) return
    process.stderr.write('Installing dependencies: about a minute, longer with a slow network …\n')
    if (!succeeds('npx', ['--yes', manager, 'install', '--frozen-lockfile'])) process.exit(1)
    mkdirSync(stamps, { recursive: true })
    writeFileSync(stamp, lock)
  })
}

/**
 * Builds all packages and programs, where a source is newer than the last build. If only another application or an
 * example fails, prints why and returns; the next command tries it again.
 *
 * @param {string} name folder under apps/, or `studies`
 * @returns {string} path of the built program
 */
export function ensureBuilt(name) {
  const folder = name === 'studies' ? name : join('apps', name)
  const program = join(root, folder, 'dist', 'main.js')
  const stamp = join(stamps, 'built')
  const isBuilt = () => existsSync(program) && isNewest(stamp, [...bundledParts, 'native'])
  if (isBuilt()) return program
  alone(() => {
    if (isBuilt()) return
    const natives = nativeScripts()
    const show = (/** @type {number} */ step, /** @type {string} */ what) =>
      process.stderr.write(`Building ${step} of ${natives.length + 1}: ${what} …\n`)
    show(1, 'JavaScript, in seconds; native code that is compiled anew takes minutes on two cores')
    const begun = new Date()
    for (const old of [stamp, unbundled]) rmSync(old, { force: true })
    const quiet = '--output-logs=errors-only'
    const isBundled = succeeds('turbo', ['run', 'bundles', quiet])
    const isElsewhere = () => existsSync(unbundled) && !readFileSync(unbundled, 'utf8').split('\n').some(isNeeded)
    if (!isBundled && !isElsewhere()) process.exit(1)
    for (const [i, native] of natives.entries()) {
      show(i + 2, `native code of ${relative(root, native.folder)}`)
      if (!compiles(native)) process.exit(1)
    }
    if (isBundled) {
      writeFileSync(stamp, '')
      // A file saved while the build ran counts as newer.
      utimesSync(stamp, begun, begun)
    } else process.stderr.write(`${folder} was built, and runs.\n`)
  })
  return program

  /** @param {string} other */
  function isNeeded(other) {
    return other.startsWith('packages') || other === folder
  }
}

/**
 * Bundles all packages and programs, where a source is newer than the last bundles: 3 s. The tests load the bundles of
 * packages. If only an application or an example fails, prints why and returns; the next call tries it again.
 *
 * @throws Error if a package cannot be bundled; it names the file and the line
 */
export function ensureBundled() {
  if (isNewest(bundled, bundledParts)) return
  alone(() => {
    if (isNewest(bundled, bundledParts)) return
    rmSync(unbundled, { force: true })
    const env = toolEnvironment()
    const done = spawnSync(process.execPath, ['scripts/build/bundles.mjs'], { cwd: root, env, encoding: 'utf8' })
    if (done.status === 0) return
    const failed = existsSync(unbundled) ? readFileSync(unbundled, 'utf8').split('\n') : []
    if (failed.length === 0 || failed.some((folder) => folder.startsWith('packages')))
      throw new Error(`The packages that the tests load could not be bundled.\n${done.stdout}${done.stderr}`)
    process.stderr.write(done.stderr)
  })
}

/**
 * The folder in which the command was typed. npm runs a script in the root of its package, wherever it was called, and
 * stores the original folder in INIT_CWD: relative paths refer to that folder.
 *
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {string} here the working folder
 */
export function typedIn(env, here) {
  const typed = env['INIT_CWD']
  // Another script of npm's, such as the tests, hands its own INIT_CWD down to what it starts elsewhere.
  return typed !== undefined && resolve(here) === resolve(root) && env['npm_lifecycle_event'] !== 'test' ? typed : here
}

/**
 * Sets everything up and runs an application in this very process, so that standard output, signals and the exit
 * code are its own.
 *
 * @param {string} name folder under apps/, or `studies`
 * @param {readonly string[]} args
 */
export async function runApplication(name, args) {
  const folder = typedIn(process.env, process.cwd())
  process.chdir(root)
  ensureInstalled()
  const program = ensureBuilt(name)
  process.chdir(folder)
  process.argv = [process.argv[0] ?? 'node', program, ...args]
  await import(pathToFileURL(program).href)
}

/** The sources of a folder's bundles. */
const bundledParts = ['src', 'package.json', 'tsconfig.json', 'tsup.config.ts']

/**
 * @param {string} stamp a file that was written when the last build began
 * @param {readonly string[]} parts of every folder
 * @returns {boolean} whether every folder has output, and no part of any has changed since
 */
function isNewest(stamp, parts) {
  if (!existsSync(stamp)) return false
  const folders = bundledFolders(root).map((folder) => join(root, folder))
  // An output cleaned by hand is noticed.
  if (!folders.every((folder) => existsSync(join(folder, 'dist')))) return false
  const shared = ['scripts/tsup.ts', 'scripts/build/bundles.mjs', 'pnpm-lock.yaml', 'tsconfig.base.json']
  const sources = folders.flatMap((folder) => parts.map((part) => join(folder, part)).filter(existsSync))
  return newestOf([...shared.map((file) => join(root, file)), ...sources]) <= statSync(stamp).mtimeMs
}

/**
 * @param {string[]} pending files and folders
 * @returns {number} the latest change of any of them; a folder changes when a file in it comes or goes
 */
function newestOf(pending) {
  let newest = 0
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const found = statSync(path)
    if (found.mtimeMs > newest) newest = found.mtimeMs
    if (found.isDirectory()) for (const entry of readdirSync(path)) pending.push(join(path, entry))
  }
  return newest
}

/**
 * Runs `work` while no other process of this checkout installs or builds, and prints that it waits for one. The lock is
 * a folder, which the file system makes once; one left behind by a process that is gone is taken over.
 *
 * @param {() => void} work
 */
export function alone(work) {
  const lock = join(root, '.setup-lock')
  const owner = join(lock, 'pid')
  let told = false
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      if (isStale(lock, owner)) rmSync(lock, { recursive: true, force: true })
      else {
        if (!told) process.stderr.write('Waiting for another command of this checkout, which installs or builds …\n')
        told = true
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
      }
    }
  }
  const release = () => rmSync(lock, { recursive: true, force: true })
  writeFileSync(owner, String(process.pid))
  process.once('exit', release)
  work()
  process.off('exit', release)
  release()
}

/**
 * @param {string} lock
 * @param {string} owner
 * @returns {boolean} whether the process that made the lock is gone
 */
function isStale(lock, owner) {
  try {
    process.kill(Number(readFileSync(owner, 'utf8')), 0)
    return false
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return true
    // No owner written yet: it was made this instant, or its maker died between the two steps.
    return existsSync(lock) && Date.now() - statSync(lock).mtimeMs > 5000
  }
}
