/** Compilers and flags for each platform that the addon is built for, from this one. */

import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** The platform that this process runs on, as Node names it. */
export const host = `${process.platform}-${process.arch}`

/**
 * Flags of the files that are compiled for one instruction set; the rest runs on any processor of the architecture.
 *
 * @type {Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>}
 */
const instructionSets = {
  x64: {
    'isa/avx2.cpp': ['-mavx2', '-mfma'],
    'isa/avx512.cpp': [
      ...['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma'],
      '-mprefer-vector-width=512',
    ],
  },
  arm64: {},
}

/** Path prefixes of the sources that are compiled for a single architecture. */
const architectures = { 'isa/avx': 'x64', 'isa/neon': 'arm64', 'codegen/x86/': 'x64', 'codegen/arm/': 'arm64' }

/**
 * The additional flags of a source file, or null if the architecture does not compile it.
 *
 * @param {string} target
 * @param {string} source
 */
export function flagsOf(target, source) {
  const arch = target.slice(target.indexOf('-') + 1)
  const only = Object.entries(architectures).find(([beginning]) => source.startsWith(beginning))
  return only !== undefined && only[1] !== arch ? null : (instructionSets[arch]?.[source] ?? [])
}

/** Published addons for Linux must run with this version of glibc, the oldest that Node 20 supports. */
export const oldestGlibc = '2.28'

/**
 * Zig's names of the platforms.
 *
 * @type {Readonly<Record<string, string>>}
 */
const zigTargets = {
  'linux-x64': `x86_64-linux-gnu.${oldestGlibc}`,
  'linux-arm64': `aarch64-linux-gnu.${oldestGlibc}`,
  'darwin-x64': 'x86_64-macos.11.0',
  'darwin-arm64': 'aarch64-macos.11.0',
  'win32-x64': 'x86_64-windows-gnu',
}

/** The platforms that addons are published for. */
export const targets = Object.keys(zigTargets)

/**
 * @param {string} target a platform and an architecture, such as linux-arm64
 * @returns {readonly string[]} the compiler as a command: Zig if the variable ZIG names it
 */
export function compilerFor(target) {
  const zig = process.env['ZIG']
  if (zig) return [zig, 'c++', '-target', zigTargets[target] ?? unknown(target)]
  if (target === host) return [process.env['CXX'] ?? 'g++']
  return [target === 'linux-arm64' ? 'aarch64-linux-gnu-g++' : unknown(target)]
}

/**
 * @param {string} target
 * @returns {never}
 */
function unknown(target) {
  throw new Error(`no compiler for ${target} is known: name Zig in the variable ZIG, and one of ${targets.join(', ')}`)
}

/**
 * @param {string} target
 * @returns {readonly string[]}
 */
export const linkFlagsFor = (target) => (target.startsWith('darwin') ? ['-undefined', 'dynamic_lookup'] : [])

/**
 * On Windows, an addon links with an import library that lists the functions which Node provides.
 *
 * @param {string} target
 * @param {string} folder where the library is written
 * @returns {readonly string[]} the arguments for the linker
 */
export function importLibrary(target, folder) {
  if (!target.startsWith('win32')) return []
  const definitions = join(
    createRequire(import.meta.url).resolve('node-api-headers/package.json'),
    '../def/node_api.def',
  )
  const library = join(folder, 'node.lib')
  const flags = ['-m', 'i386:x86-64', '-D', 'node.exe', '-d', definitions, '-l', library]
  execFileSync(process.env['ZIG'] ?? unknown(target), ['dlltool', ...flags], { stdio: 'inherit' })
  return [library]
}
