/**
 * Packs every public package as it would be published, and has publint and attw read the tarballs:
 * the published manifest differs from the one in the repository (catalog versions, no source condition).
 *
 *     node scripts/checks/pack.mjs [FOLDER...]   only these packages, such as packages/optim
 *
 * One process reads all of them, since loading a type checker for each package takes longer than its check.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../lib/setup.mjs'
import { publicPackages, run } from '../release/pack.mjs'
import { tarballFindings } from '../release/tarballFindings.mjs'

process.chdir(root)
const named = process.argv.slice(2)
const folders = named.length > 0 ? named : publicPackages()
const destination = mkdtempSync(join(tmpdir(), 'spikeward-pack-'))
try {
  const filters = folders.map((folder) => `--filter=./${folder}`)
  const { problem } = run('pnpm', ['--recursive', ...filters, 'pack', '--pack-destination', destination])
  if (problem !== undefined) throw new Error(problem)
  const tarballs = readdirSync(destination)
  if (tarballs.length !== folders.length) throw new Error(`${folders.length} packages, but ${tarballs.length} tarballs`)
  const found = []
  for (const name of tarballs) found.push(...(await tarballFindings(name, readFileSync(join(destination, name)))))
  for (const line of found) console.error(line)
  console.log(`${tarballs.length} packages, ${found.length} findings`)
  process.exitCode = found.length === 0 ? 0 : 1
} finally {
  rmSync(destination, { recursive: true, force: true })
}
