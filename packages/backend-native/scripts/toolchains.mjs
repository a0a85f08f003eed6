/** Compilers and flags for each platform that the addon is built for, from this one. */

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

/** What is compiled for one architecture alone, by the beginning of its path. */
const architectures = { 'isa/avx': 'x64', 'isa/neon': 'arm64', 'codegen/x86/': 'x64', 'codegen/arm/': 'arm64' }

/**
 * The flags of a source's own, or null where the architecture does not have it.
 *
 * @param {string} target
 * @param {string} source
 */
export function flagsOf(target, source) {
  const arch = target.slice(target.indexOf('-') + 1)
  const only = Object.entries(architectures).find(([beginning]) => source.startsWith(beginning))
  return only !== undefined && only[1] !== arch ? null : (instructionSets[arch]?.[source] ?? [])
}

/**
 * @param {string} target a platform and an architecture, such as linux-arm64
 * @returns {readonly string[]} the compiler as a command
 */
export function compilerFor(target) {
  if (target === host) return [process.env['CXX'] ?? 'g++']
  if (target === 'linux-arm64') return ['aarch64-linux-gnu-g++']
  throw new Error(`no compiler for ${target} is known here`)
}

/**
 * @param {string} target
 * @returns {readonly string[]}
 */
export const linkFlagsFor = (target) => (target.startsWith('darwin') ? ['-undefined', 'dynamic_lookup'] : [])
