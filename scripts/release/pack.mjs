/** Which packages are published, and their tarballs. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { workspaceFolders } from '../lib/files.mjs'
import { alone, buildTasks, root, toolEnvironment } from '../lib/setup.mjs'

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

/** Where a published package has the addon for this machine. */
export const prebuilt = `prebuilds/${process.platform}-${process.arch}/spikeward.node`

/** @returns {string | undefined} why the addon could not be compiled to its place in a published package */
export const prebuild = () =>
  run(process.execPath, ['scripts/prebuild.mjs', `${process.platform}-${process.arch}`], nativePackage).problem

/**
 * Puts the addon of the last build there, which needs the libraries of this machine. Without a C++ compiler there is
 * none.
 */
export function takeBuilt() {
  const built = join(nativePackage, 'build', 'spikeward.node')
  if (!existsSync(built)) {
    console.error('The native addon was not built here, so the tarball of @spikeward/backend-native has none.')
    return
  }
  mkdirSync(join(nativePackage, dirname(prebuilt)), { recursive: true })
  copyFileSync(built, join(nativePackage, prebuilt))
}

/** Removes it: it would take precedence over the next local build. */
export const removePrebuild = () => rmSync(join(nativePackage, dirname(prebuilt)), { recursive: true, force: true })

/** @returns {string[]} folders of the packages that are not private */
export const publicPackages = () =>
  workspaceFolders().filter(
    (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).private !== true,
  )

/**
 * @param {string} location folder of the package
 * @param {string} destination
 * @returns {Packed}
 */
export function pack(location, destination) {
  mkdirSync(destination, { recursive: true })
  const { output, problem } = run('pnpm', ['pack', '--json', '--pack-destination', destination], join(root, location))
  if (problem !== undefined) throw new Error(problem)
  const tarball = JSON.parse(output).filename
  const files = run('tar', ['-tzf', tarball])
    .output.trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
  const manifest = JSON.parse(run('tar', ['-xzOf', tarball, 'package/package.json']).output)
  return { name: manifest.name, location, tarball, manifest, files }
}
