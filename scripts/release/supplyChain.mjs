/** The artefacts of a release about its parts: a bill of materials, the licences, known vulnerabilities. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tableOf } from '../lib/tableOf.mjs'
import { licencesInUse } from '../lib/licences.mjs'
import { root } from '../lib/setup.mjs'
import { run } from './pack.mjs'

const reports = join(root, 'reports', 'release')

/**
 * Writes the bill of materials of a project in which the tarballs are installed (CycloneDX), without what only tests
 * use.
 *
 * @param {string} project
 * @returns {string | undefined} why it could not be written
 */
export function writeBillOfMaterials(project) {
  const { output, problem } = run('npm', ['sbom', '--sbom-format=cyclonedx', '--omit=dev'], project)
  if (problem !== undefined) return problem
  /** @type {{ bomFormat?: string, components?: { name: string }[] }} */
  const bill = JSON.parse(output)
  if (
    bill.bomFormat !== 'CycloneDX' ||
    !bill.components?.some(({ name }) => name === 'core' || name === '@spikeward/core')
  )
    return `npm sbom wrote no bill of materials with @spikeward/core:\n${output.slice(0, 2000)}`
  mkdirSync(reports, { recursive: true })
  writeFileSync(join(reports, 'sbom.cdx.json'), output)
  return undefined
}

/** Writes the table of the packages that users install with ours. */
export function writeLicences() {
  const rows = licencesInUse().map(({ name, versions, licence }) => [name, versions.join(', '), licence])
  const table = tableOf([['package', 'versions', 'licence'], ...rows])
  mkdirSync(reports, { recursive: true })
  writeFileSync(join(reports, 'licences.md'), `# Licences of dependencies\n\n${table}\n`)
}

/**
 * @param {string} project
 * @returns {{ readonly problem?: string, readonly skipped?: string }} known vulnerabilities, or why there is no report
 */
export function audit(project) {
  const { output, problem } = run('npm', ['audit', '--omit=dev', '--json'], project)
  /** @type {{ metadata?: { vulnerabilities?: { total: number } } }} */
  let found = {}
  try {
    found = JSON.parse(output)
  } catch {
    // Told below.
  }
  const total = found.metadata?.vulnerabilities?.total
  if (total === undefined) return { skipped: `the registry answers no audit: ${(problem ?? output).split('\n')[0]}` }
  mkdirSync(reports, { recursive: true })
  writeFileSync(join(reports, 'audit.json'), output)
  return total > 0 ? { problem: `${total} known vulnerabilities; see reports/release/audit.json` } : {}
}
