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
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { root } from '../lib/setup.mjs'
import { publicPackages, run } from '../release/pack.mjs'

/** Every package is an ES module, which these ways to find a module do not support. */
const unsupported = ['node10', 'node16-cjs']

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
  for (const name of tarballs) found.push(...(await findings(name, readFileSync(join(destination, name)))))
  for (const line of found) console.error(line)
  console.log(`${tarballs.length} packages, ${found.length} findings`)
  process.exitCode = found.length === 0 ? 0 : 1
} finally {
  rmSync(destination, { recursive: true, force: true })
}

/**
 * @param {string} name of the tarball
 * @param {Buffer} bytes
 * @returns {Promise<string[]>} what is wrong with it, a line each
 */
async function findings(name, bytes) {
  const tarball = Uint8Array.from(bytes)
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, level: 'warning', strict: true })
  const lines = messages.map((message) => `${name}: publint: ${formatMessage(message, pkg, { color: false })}`)
  // attw judges what a program may import: a package that only brings a command has nothing of that.
  if (pkg['exports'] === undefined) return lines
  const analysis = await checkPackage(createPackageFromTarballData(tarball))
  if (!analysis.types) return [...lines, `${name}: attw: it has no types`]
  const wrong = analysis.problems.filter((p) => !('resolutionKind' in p && unsupported.includes(p.resolutionKind)))
  return [...lines, ...wrong.map((p) => `${name}: attw: ${JSON.stringify(p)}`)]
}
