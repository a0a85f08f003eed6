/** Deno and Bun, in which tests run the quick start. A folder of its own pins them, so that no user downloads them. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { find } from '../lib/debian.mjs'
import { root } from '../lib/setup.mjs'

const folder = join(root, 'scripts', 'runtimes')

/**
 * The program of a runtime: the pinned one, else that of this machine. Npm unpacks the pinned one from the package for
 * this platform; no script runs at installation.
 *
 * @param {'deno' | 'bun'} name
 * @returns {string | undefined} undefined if neither is installed
 */
export function runtime(name) {
  const scope = join(folder, 'node_modules', name === 'deno' ? '@deno' : '@oven')
  const platforms = existsSync(scope) ? readdirSync(scope) : []
  const pinned = platforms
    .flatMap((platform) => [join(scope, platform, name), join(scope, platform, 'bin', name)])
    .find((path) => existsSync(path))
  return pinned ?? find(name)
}

/**
 * Installs both if one is absent. A failure is reported, and the tests that need them report it too.
 *
 * @returns {Promise<boolean>} whether both are there
 */
export async function installRuntimes() {
  if (runtime('deno') !== undefined && runtime('bun') !== undefined) return true
  console.log('Installing deno and bun: the quick start runs in both')
  try {
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    await promisify(execFile)('npm', args, { cwd: folder })
    return true
  } catch (error) {
    console.log(`npm ci in scripts/runtimes failed: ${String(error)}`)
    return false
  }
}
