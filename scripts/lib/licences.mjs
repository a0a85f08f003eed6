/** The licences of the packages that users install with ours. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { toolEnvironment } from './setup.mjs'

/**
 * @typedef
 * {{ readonly name: string, readonly versions: readonly string[], readonly licence: string, readonly folder: string }}
 * Dependency
 */
/**
 * @typedef {{ readonly name: string, readonly file: string, readonly sha256: string, readonly why: string }} Reviewed
 */
/** @typedef {{ readonly allowed: readonly string[], readonly reviewed: readonly Reviewed[] }} Rules */

/** @type {Rules} */
export const rules = JSON.parse(readFileSync(new URL('../checks/licences.json', import.meta.url), 'utf8'))

/**
 * Everything that is installed for use and not for development, by name.
 *
 * @returns {Dependency[]}
 */
export function licencesInUse() {
  const done = spawnSync('pnpm', ['licenses', 'list', '--json', '--prod'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: toolEnvironment(),
  })
  if (done.status !== 0) throw new Error(`pnpm licenses failed: ${done.stdout}${done.stderr}`)
  /** @type {Record<string, { name: string, versions: string[], paths: string[] }[]>} */
  const byLicence = JSON.parse(done.stdout)
  return Object.entries(byLicence)
    .flatMap(([licence, packages]) =>
      packages.map(({ name, versions, paths }) => ({ name, versions, licence, folder: paths[0] ?? '' })),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * @param {readonly Dependency[]} dependencies
 * @param {Rules} rules
 * @returns {string[]} what is wrong, a line each
 */
export function problemsOf(dependencies, { allowed, reviewed }) {
  return dependencies.flatMap(({ name, licence, folder }) => {
    if (isAllowed(licence, allowed)) return []
    const known = reviewed.find((r) => r.name === name)
    if (known === undefined)
      return [`${name} has the licence ${licence}, which scripts/checks/licences.json does not allow`]
    const text = join(folder, known.file)
    if (!existsSync(text)) return [`${name} no longer has the licence text ${known.file} that was reviewed`]
    const sha256 = createHash('sha256').update(readFileSync(text)).digest('hex')
    return sha256 === known.sha256 ? [] : [`${name}: ${known.file} differs from the licence text that was reviewed`]
  })
}

/**
 * @param {string} expression an SPDX expression: of alternatives one must be allowed, of licences that hold together
 *   all
 * @param {readonly string[]} allowed
 * @returns {boolean}
 */
function isAllowed(expression, allowed) {
  const plain = expression.replace(/[()]/g, '')
  return plain.split(' OR ').some((either) => either.split(' AND ').every((one) => allowed.includes(one.trim())))
}
