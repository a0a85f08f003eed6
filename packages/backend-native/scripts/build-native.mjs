/**
 * Compiles the addon with g++ (or the compiler that CXX names). It needs no node-gyp and no Node headers except those
 * of Node-API.
 *
 *     node scripts/build-native.mjs [--target=<platform>-<arch>] [--sanitize] [--light] [--strict] [--progress]
 *
 * It writes build/spikeward.node and compiles only the folders that have changed. `--sanitize` builds
 * build/sanitized/spikeward.node with AddressSanitizer and UBSan; `--target` builds
 * build/<platform>-<arch>/spikeward.node for another platform. `--light` compiles all with -O1 and joins the sources of
 * all folders, which takes about six tenths of the processor time, for a test on another processor. If it cannot
 * build, it prints the reason, writes it to build/outcome.txt for the error message of `native()`, and exits with 0, so
 * that neither an install nor another build fails (with `--strict` it fails). An addon of other sources is then
 * removed; one of these sources, which another compiler built, stays. `--progress` shows on standard error how many
 * translation units are compiled, at each tenth of them, and a reason.
 *
 * Several builds may run at once, and other processes load the addon meanwhile: each build moves its own files into
 * place.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
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
    ? ['-g1', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-fno-omit-frame-pointer']
    : []),
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
 * The flags of optimisation of a source: only what walks over the elements of a tensor is optimised fully, its loops at
 * the start of a cache line, so that code elsewhere does not change their speed. The rest, which mostly translates
 * plans, compiles in half the time with -O1 and runs no longer; under the sanitizers, with -O0.
 *
 * @param {string} source
 * @returns {string[]}
 */
function optimisationOf(source) {
  const walksElements = /^(isa|product|kernel\/kernelR)/.test(source)
  if (sanitize) return [walksElements ? '-O1' : '-O0']
  return walksElements && !light ? ['-O3', '-falign-functions=64', '-falign-loops=64'] : ['-O1']
}

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
  existsSync(file) && textOf(`${file}.stamp`) === stamp

/**
 * @param {string} file
 * @returns {string} its text, empty if there is none
 */
const textOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')

/**
 * Writes a file beside its place and moves it there, so that no other process meets a part of it.
 *
 * @param {string} file
 * @param {(beside: string) => void | Promise<void>} write
 */
async function place(file, write) {
  const beside = mkdtempSync(join(dirname(file), '.unfinished-'))
  try {
    // The linkers of some platforms store the name.
    await write(join(beside, basename(file)))
    renameSync(join(beside, basename(file)), file)
  } finally {
    rmSync(beside, { recursive: true })
  }
}

const placeText = (/** @type {string} */ file, /** @type {string} */ text) =>
  place(file, (beside) => writeFileSync(beside, text))

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

/**
 * Joins the sources of a folder that have the same flags into one translation unit, whose headers are read once. The
 * builds for tests, which are seldom repeated, join those of all folders. A source for one instruction set is compiled
 * alone.
 *
 * @param {readonly Part[]} sources
 * @returns {Promise<Part[]>} those that take longest last
 */
async function joined(sources) {
  const isAlone = (/** @type {Part} */ { source }) => source.startsWith('isa/')
  /** @type {Map<string, Part[]>} */
  const sets = new Map()
  for (const part of sources.filter((s) => !isAlone(s))) {
    const name = [sanitize || light ? '' : dirname(part.source), ...part.own].join(' ')
    sets.set(name, [...(sets.get(name) ?? []), part])
  }
  const together = [...sets.values()].map(async (members) => {
    const [{ source: first, own } = { source: '', own: [] }] = members
    const source = join(objects, `${first.replace('.cpp', '')}AndMore.cpp`)
    mkdirSync(dirname(source), { recursive: true })
    await placeText(source, members.map((m) => `#include "${m.source}"\n`).join(''))
    return { source, own }
  })
  return [...(await Promise.all(together)), ...sources.filter(isAlone)]
}

/**
 * A source, and the flags that it has besides the common ones.
 *
 * @typedef {{ readonly source: string, readonly own: readonly string[] }} Part
 */

/** @returns {Part[]} the sources of the target */
function partsOfTarget() {
  const files = readdirSync(native, { recursive: true, encoding: 'utf8' }).sort()
  return files
    .filter((file) => file.endsWith('.cpp'))
    .flatMap((source) => {
      const flags = flagsOf(target, source)
      return flags === null ? [] : [{ source, own: [...flags, ...optimisationOf(source)] }]
    })
}

/**
 * Compiles the sources that have changed, one job per core, and links them.
 *
 * @returns {Promise<number>} how many translation units were compiled
 */
async function build() {
  const common = [...flags, ...includes()]
  const shared = [compilerVersion(), ...common]
  mkdirSync(objects, { recursive: true })
  const units = await joined(sources)
  const parts = units.map(({ source, own }) => {
    const object = join(objects, relative(objects, resolve(objects, source)).replace('.cpp', '.o'))
    mkdirSync(dirname(object), { recursive: true })
    return { source, object, own, stamp: digest([...shared, ...own, ...textsOf(resolve(native, source))]) }
  })
  const stale = parts.filter((p) => !isStamped(p.object, p.stamp))
  const pending = [...stale]
  let compiled = 0
  const worker = async () => {
    for (let p = pending.pop(); p !== undefined; p = pending.pop()) {
      const { source, own } = p
      await place(p.object, (beside) => run([...common, ...own, '-c', source, '-o', beside]))
      await placeText(`${p.object}.stamp`, p.stamp)
      showProgress(++compiled, stale.length)
    }
  }
  await Promise.all(Array.from({ length: Math.max(availableParallelism(), 1) }, worker))
  const stamp = digest([...linkFlags, ...parts.map((p) => p.stamp)])
  if (!isStamped(addon, stamp)) {
    // A process that has the old addon loaded keeps it: the new one is another file.
    const linked = [...linkFlags, ...parts.map((p) => p.object), ...importLibrary(target, folder)]
    await place(addon, (beside) => run([...linked, '-o', beside]))
    await placeText(`${addon}.stamp`, stamp)
    await placeText(`${addon}.sources`, digestOfSources)
  }
  return stale.length
}

/**
 * A line at each tenth of the translation units.
 *
 * @param {number} compiled
 * @param {number} all
 */
function showProgress(compiled, all) {
  const tenths = (/** @type {number} */ n) => Math.floor((10 * n) / all)
  if (options.has('--progress') && tenths(compiled) > tenths(compiled - 1))
    console.error(`  ${compiled} of ${all} translation units compiled`)
}

const sources = partsOfTarget()
/** The sources and all flags, without the compiler. */
const digestOfSources = digest([
  ...[...flags, ...linkFlags],
  ...sources.flatMap(({ source, own }) => [source, ...own, ...textsOf(join(native, source))]),
])

mkdirSync(folder, { recursive: true })
try {
  const begun = performance.now()
  const compiled = await build()
  await placeText(outcome, 'built\n')
  console.log(
    `${addon}: ${compiled} translation units compiled in ${((performance.now() - begun) / 1000).toFixed(1)} s`,
  )
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  const stays = existsSync(addon) && textOf(`${addon}.sources`) === digestOfSources
  if (!stays) {
    rmSync(addon, { force: true })
    await placeText(outcome, `the addon could not be compiled: ${reason}\n`)
  }
  const show = options.has('--progress') ? console.error : console.log
  show(`The native backend was not built: ${reason}${stays ? '; the addon of these sources stays' : ''}`)
  if (options.has('--strict')) process.exitCode = 1
}
