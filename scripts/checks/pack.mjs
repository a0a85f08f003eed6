/**
 * Packs the package in the current folder as it would be published, and has publint and attw read the very tarball:
 * the published manifest differs from the one in the repository (catalog versions, no source condition).
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'spikeward-pack-'))

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {boolean} whether it succeeded; its output is shown only if it failed
 */
function run(command, args) {
  const done = spawnSync(command, args, { encoding: 'utf8' })
  if (done.status === 0) return true
  console.error(`${command} ${args.join(' ')}\n${done.error?.message ?? ''}${done.stdout}${done.stderr}`)
  return false
}

let fine = run('pnpm', ['pack', '--pack-destination', folder])
const tarball = fine ? join(folder, readdirSync(folder)[0] ?? '') : ''
if (fine) {
  fine = run('publint', ['run', tarball, '--strict', '--level', 'warning'])
  // attw judges what a program may import: a package that only brings a command has nothing of that.
  if (manifest.exports !== undefined) fine = run('attw', [tarball, '--profile', 'esm-only', '--no-emoji']) && fine
}
rmSync(folder, { recursive: true, force: true })
if (!fine) process.exit(1)
