/** Which packages are published, and their tarballs. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { workspaceFolders } from '../lib/files.mjs'
import { alone, buildTasks, root, toolEnvironment } from '../lib/setup.mjs'
import { writeAddonPackage } from './addonPackages.mjs'

/**
 * @typedef {{
 *   readonly name: string,
 *   readonly location: string,
 *   readonly tarball: string,
 *   readonly manifest: Record<string, unknown>,
 *   readonly files: readonly string[],
 * }} Packed a package as it would be published: its manifest and the paths of its files are those of the tarball
 */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} [folder]
 * @param {Readonly<Record<string, string>>} [environment]
 * @returns {{ readonly output: string, readonly problem: string | undefined }} what it printed, and why it failed
 */
export function run(command, args, folder = root, environment = {}) {
  const done = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...toolEnvironment(), ...environment },
  })
  const output = `${done.stdout ?? ''}${done.stderr ?? ''}`
  const problem =
    done.status === 0 ? undefined : `$ ${command} ${args.join(' ')}\n${done.error?.message ?? ''}${output}`.trimEnd()
  return { output: done.stdout ?? '', problem }
}

/**
 * Builds everything, while no other command of this checkout builds.
 *
 * @returns {string | undefined} why the build failed
 */
export function build() {
  /** @type {string | undefined} */
  let problem
  alone(() => void ({ problem } = run('turbo', ['run', ...buildTasks, '--output-logs=errors-only'])))
  return problem
}

const nativePackage = join(root, 'packages', 'backend-native')
const host = `${process.platform}-${process.arch}`

/**
 * Compiles addons as they are published.
 *
 * @param {readonly string[]} [of] platforms
 * @returns {string | undefined} why one could not be compiled
 */
export const prebuild = (of = [host]) => run(process.execPath, ['scripts/prebuild.mjs', ...of], nativePackage).problem

/** @param {string} target @returns {string} where `prebuild` writes the addon of a platform */
export const prebuilt = (target = host) => join(nativePackage, 'build', 'zig', target, 'spikeward.node')

/** The addon of the last build, which needs the libraries of this machine. Without a C++ compiler there is none. */
export const built = join(nativePackage, 'build', 'spikeward.node')

/** @returns {string[]} folders of the packages that are not private */
export const publicPackages = () =>
  workspaceFolders().filter(
    (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).private !== true,
  )

/**
 * Packs every public package, and one for each addon.
 *
 * @param {string} destination
 * @param {Readonly<Record<string, string>>} addons their files by platform; of one that is absent there is no package
 * @returns {Packed[]} first those of the addons, which another depends on
 */
export function packAll(destination, addons) {
  const there = Object.entries(addons).filter(([, file]) => existsSync(file))
  const own = mkdtempSync(join(tmpdir(), 'spikeward-addons-'))
  try {
    const packed = there.map(([target, file]) => pack(writeAddonPackage(target, file, own), destination))
    const optional = Object.fromEntries(packed.map(({ name, manifest }) => [name, String(manifest['version'])]))
    return [...packed, ...publicPackages().map((location) => pack(location, destination, optional))]
  } finally {
    rmSync(own, { recursive: true })
  }
}

/**
 * @param {string} location folder of the package
 * @param {string} destination
 * @param {Readonly<Record<string, string>>} [addons] optional dependencies of the native backend
 * @returns {Packed}
 */
export function pack(location, destination, addons = {}) {
  mkdirSync(destination, { recursive: true })
  const folder = resolve(root, location)
  // A workspace cannot have them in its manifest: they are in no registry before its first release.
  const restore = folder === nativePackage ? withOptional(join(folder, 'package.json'), addons) : () => {}
  try {
    const { output, problem } = run('pnpm', ['pack', '--json', '--pack-destination', destination], folder)
    if (problem !== undefined) throw new Error(problem)
    return describe(JSON.parse(output).filename, location)
  } finally {
    restore()
  }
}

/**
 * @param {string} path of a manifest
 * @param {Readonly<Record<string, string>>} optionalDependencies
 * @returns {() => void} writes it back
 */
function withOptional(path, optionalDependencies) {
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(text), optionalDependencies }, null, 2))
  return () => writeFileSync(path, text)
}

/**
 * @param {string} tarball
 * @param {string} location
 * @returns {Packed}
 */
function describe(tarball, location) {
  const files = run('tar', ['-tzf', tarball])
    .output.trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
  const manifest = JSON.parse(run('tar', ['-xzOf', tarball, 'package/package.json']).output)
  return { name: manifest.name, location, tarball, manifest, files }
}
