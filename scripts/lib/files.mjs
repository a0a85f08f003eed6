/** Walks over the sources of the workspace; no dependency, since it runs before anything is installed. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Every TypeScript or JavaScript file under a folder, in a stable order.
 *
 * @param {string} folder
 * @returns {string[]}
 */
export const sourceFiles = (folder) => filesUnder(folder, /\.(ts|mts|mjs|js)$/)

/**
 * Every declaration under a folder of build output.
 *
 * @param {string} folder
 * @returns {string[]}
 */
export const declarationFiles = (folder) => filesUnder(folder, /\.d\.ts$/)

/** Folders of dependencies and of output, which are not walked: another process may empty them meanwhile. */
const generated = /(^|\/)(node_modules|dist|\.dist-\d+|cache|api|\.temp|\.blocks|\.turbo|packages\/[^/]+\/build)$/

/**
 * Every file under a folder whose name matches, in a stable order.
 *
 * @param {string} folder
 * @param {RegExp} name
 * @returns {string[]}
 */
export function filesUnder(folder, name) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      // tsup compiles its configuration beside it, and deletes the result: a build may run at the same time.
      if (entry.name.includes('.bundled_')) return []
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return generated.test(path) ? [] : filesUnder(path, name)
      return name.test(entry.name) ? [path] : []
    })
}

/**
 * Folders of all packages, apps, examples and the studies, relative to the root.
 *
 * @param {string} [root] the root of the checkout; by default the current folder
 * @returns {string[]}
 */
export function workspaceFolders(root = '.') {
  const groups = ['packages', 'apps', 'examples'].filter((group) => existsSync(join(root, group)))
  const members = groups.flatMap((group) =>
    readdirSync(join(root, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(root, group, entry.name, 'package.json')))
      .map((entry) => join(group, entry.name)),
  )
  return existsSync(join(root, 'studies', 'package.json')) ? [...members, 'studies'] : members
}

/**
 * Folders with sources that people write: the workspace, the scripts and the documentation.
 *
 * @returns {string[]}
 */
export const sourceFolders = () => [...workspaceFolders(), 'scripts', 'docs']

/**
 * Those that tsup bundles: packages, programs and examples, not the demo.
 *
 * @param {string} [root]
 * @returns {string[]}
 */
export const bundledFolders = (root = '.') =>
  workspaceFolders(root).filter((folder) => existsSync(join(root, folder, 'tsup.config.ts')))

/** Folders that hold output, or nothing that a page is made from. */
const outputs = ['node_modules', 'dist', 'api', 'cache', 'build', 'test', '.turbo', '.svelte-check']

/**
 * How many files are under some folders, and when the newest of them changed. Output is left out.
 *
 * @param {readonly string[]} paths files and folders
 * @returns {{ readonly count: number, readonly newest: number }} `newest` in ms since 1970
 */
export function stateOf(paths) {
  const pending = [...paths]
  let count = 0
  let newest = 0
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const found = statSync(path)
    if (found.isDirectory()) {
      for (const entry of readdirSync(path)) if (!outputs.includes(entry)) pending.push(join(path, entry))
    } else if (!path.endsWith('.tsbuildinfo')) {
      count++
      newest = Math.max(newest, found.mtimeMs)
    }
  }
  return { count, newest }
}
