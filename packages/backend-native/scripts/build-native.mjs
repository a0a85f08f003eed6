/**
 * Compiles the addon with g++ (or the compiler that CXX names). It needs no node-gyp and no Node headers except those
 * of Node-API.
 *
 *     node scripts/build-native.mjs [--target=<platform>-<arch>] [--sanitize] [--prebuild] [--light] [--strict] [--progress]
 *
 * It writes build/spikeward.node and compiles only what has changed. `--sanitize` builds build/sanitized/spikeward.node
 * with AddressSanitizer and UBSan; `--target` builds build/<platform>-<arch>/spikeward.node for another platform.
 * `--light` optimises less, which takes half the time, for a test on another processor.
 * `--prebuild` also copies the addon to prebuilds/<platform>-<arch>/, its place in a published package. If it cannot
 * build, it prints the reason, writes it to build/outcome.txt for the error message of `native()`, and exits with 0, so
 * that neither an install nor another build fails (with `--strict` it fails). `--progress` shows on standard error how many sources are
 * compiled, at each tenth of them, and a reason.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compilerFor, flagsOf, host, importLibrary, linkFlagsFor } from './toolchains.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const native = join(root, 'native')
const options = new Set(process.argv.slice(2))
const target = process.argv.find((a) => a.startsWith('--target='))?.slice('--target='.length) ?? host
const sanitize = options.has('--sanitize')
const light = options.has('--light')
const zig = process.env['ZIG']
const folder = join(root, 'build', sanitize ? 'sanitized' : zig ? `zig/${target}` : target === host ? '.' : target)
const objects = join(folder, 'obj')
const addon = join(folder, 'spikeward.node')
const outcome = join(folder, 'outcome.txt')

/** No -ffast-math and no contraction, so that products and sums are rounded as the plan specifies. */
const flags = [
  '-std=c++17',
  ...(sanitize
    ? ['-O1', '-g1', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-fno-omit-frame-pointer']
    : [light ? '-O1' : '-O3']),
  ...['-fPIC', '-fvisibility=hidden', '-fno-math-errno', '-fno-trapping-math', '-ffp-contract=off', '-pthread'],
  // Sources include each other by their path in `native`, the compiler's working folder.
  ...['-iquote', '.'],
  ...['-Wall', '-Wextra', '-Wno-psabi', '-DNAPI_VERSION=8', '-DNAPI_DISABLE_CPP_EXCEPTIONS'],
]

const linkFlags = [
  ...['-shared', '-pthread'],
  ...(sanitize ? ['-fsanitize=address,undefined'] : ['-static-libstdc++', '-static-libgcc', '-s']),
  ...linkFlagsFor(target),
]

/**
 * The further flags of a source under the sanitizers: only what walks over the elements of a tensor is optimised, since the rest
 * compiles in two thirds of the time without optimisation and runs hardly longer.
 *
 * @param {string} source
 * @returns {string[]}
 */
const sanitizedFlags = (source) => (/^(isa|product|kernel\/kernelR)/.test(source) ? [] : ['-O0'])

/** @returns {string[]} the folders with the headers of Node-API, which are dependencies of this package */
function includes() {
  const require = createRequire(import.meta.url)
  const packageFolder = (/** @type {string} */ name) => dirname(require.resolve(`${name}/package.json`))
  return [`-I${join(packageFolder('node-api-headers'), 'include')}`, `-I${packageFolder('node-addon-api')}`]
}

/** @returns {string} the version that the compiler reports */
function compilerVersion() {
  const [compiler = '', ...first] = compilerFor(target)
  const { error, stdout } = spawnSync(compiler, [...first, '--version'], { encoding: 'utf8' })
  if (error !== undefined)
    throw new Error(`there is no ${compiler} here (${error.message}); install g++, or name a compiler in CXX`)
  return stdout
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<void>}
 */
function run(args) {
  const [compiler = '', ...first] = compilerFor(target)
  return new Promise((resolve, reject) => {
    const child = spawn(compiler, [...first, ...args], { cwd: native, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('close', (status) => (status === 0 ? resolve() : reject(new Error(`${compiler} ended with ${status}`))))
  })
}

const digest = (/** @type {readonly string[]} */ parts) => createHash('sha256').update(parts.join('\0')).digest('hex')
const isStamped = (/** @type {string} */ file, /** @type {string} */ stamp) =>
  existsSync(file) && existsSync(`${file}.stamp`) && readFileSync(`${file}.stamp`, 'utf8') === stamp

/**
 * The text of a source file and of all project headers that it includes, each once.
 *
 * @param {string} file
 * @param {Map<string, string>} [found]
 * @returns {string[]}
 */
function textsOf(file, found = new Map()) {
  if (!found.has(file)) {
    const text = readFileSync(file, 'utf8')
    found.set(file, text)
    for (const [, name = ''] of text.matchAll(/^#include "(.+)"/gm)) {
      const header = [dirname(file), native].map((folder) => join(folder, name)).find((path) => existsSync(path))
      if (header !== undefined) textsOf(header, found)
    }
  }
  return [...found.values()]
}

/** Sources for one instruction set or architecture, which are always compiled alone. */
const alone = /^(isa|codegen\/(x86|arm))\//

/**
 * Joins the sources that have the same flags into one file, whose headers are read once: the builds for tests, which are
 * seldom repeated, take two thirds of the processor time. The other builds compile only the sources that have changed.
 *
 * @param {readonly { readonly source: string, readonly own: readonly string[] }[]} sources
 * @returns {{ readonly source: string, readonly own: readonly string[] }[]} the largest last
 */
function joined(sources) {
  const single = sources.filter(({ source }) => alone.test(source))
  const rest = sources.filter(({ source }) => !alone.test(source))
  const sets = [...new Set(rest.map(({ own }) => own.join(' ')))]
  const together = sets.map((set, i) => {
    const members = rest.filter(({ own }) => own.join(' ') === set)
    const source = join(objects, `joined${i}.cpp`)
    writeFileSync(source, members.map((m) => `#include "${m.source}"\n`).join(''))
    return { source, own: members[0]?.own ?? [] }
  })
  return [...single, ...together]
}

/**
 * Compiles the sources that have changed, one job per core, and links them.
 *
 * @returns {Promise<number>} how many were compiled
 */
async function build() {
  const common = [...flags, ...includes()]
  const files = readdirSync(native, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(native, name))
  const shared = [compilerVersion(), ...common]
  const sources = files.filter((f) => f.endsWith('.cpp')).map((f) => f.slice(native.length + 1))
  const ofTarget = sources.flatMap((source) => {
    const flags = flagsOf(target, source)
    return flags === null ? [] : [{ source, own: [...flags, ...(sanitize ? sanitizedFlags(source) : [])] }]
  })
  mkdirSync(objects, { recursive: true })
  const parts = (sanitize || light ? joined(ofTarget) : ofTarget).map(({ source, own }) => {
    const object = join(objects, relative(objects, resolve(objects, source)).replace('.cpp', '.o'))
    mkdirSync(dirname(object), { recursive: true })
    return { source, object, own, stamp: digest([...shared, ...own, ...textsOf(resolve(native, source))]) }
  })
  const stale = parts.filter((p) => !isStamped(p.object, p.stamp))
  const pending = [...stale]
  let compiled = 0
  const worker = async () => {
    for (let p = pending.pop(); p !== undefined; p = pending.pop()) {
      await run([...common, ...p.own, '-c', p.source, '-o', p.object])
      writeFileSync(`${p.object}.stamp`, p.stamp)
      showProgress(++compiled, stale.length)
    }
  }
  await Promise.all(Array.from({ length: Math.max(availableParallelism(), 1) }, worker))
  const stamp = digest([...linkFlags, ...parts.map((p) => p.stamp)])
  if (!isStamped(addon, stamp)) {
    // A process that has the old addon loaded keeps it: the new one is another file.
    rmSync(addon, { force: true })
    await run([...linkFlags, ...parts.map((p) => p.object), ...importLibrary(target, folder), '-o', addon])
    writeFileSync(`${addon}.stamp`, stamp)
  }
  return stale.length
}

/**
 * A line at each tenth of the sources.
 *
 * @param {number} compiled
 * @param {number} all
 */
function showProgress(compiled, all) {
  const tenths = (/** @type {number} */ n) => Math.floor((10 * n) / all)
  if (options.has('--progress') && tenths(compiled) > tenths(compiled - 1))
    console.error(`  ${compiled} of ${all} sources compiled`)
}

mkdirSync(folder, { recursive: true })
try {
  const begun = performance.now()
  const compiled = await build()
  if (options.has('--prebuild')) {
    const place = join(root, 'prebuilds', target)
    mkdirSync(place, { recursive: true })
    copyFileSync(addon, join(place, 'spikeward.node'))
  }
  writeFileSync(outcome, 'built\n')
  console.log(`${addon}: ${compiled} files compiled in ${((performance.now() - begun) / 1000).toFixed(1)} s`)
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  rmSync(addon, { force: true })
  writeFileSync(outcome, `the addon could not be compiled: ${reason}\n`)
  const show = options.has('--progress') ? console.error : console.log
  show(`The native backend was not built: ${reason}`)
  if (options.has('--strict')) process.exitCode = 1
}
