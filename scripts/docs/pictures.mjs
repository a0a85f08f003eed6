/**
 * `npm run docs:pictures`: takes the pictures of the demo and of the live page of a run anew, into docs/images, and
 * draws the Mexican hat as random directions learn it. The tests that open the pages take their pictures.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureInstalled, root, toolEnvironment } from '../lib/setup.mjs'

/** The folders of pictures, and the tests that take them. */
const folders = {
  'docs/images/demo': ['apps/demo/test'],
  'docs/images/watch': ['apps/cli/test/watch'],
}

process.chdir(root)
ensureInstalled()
for (const [folder, tests] of Object.entries(folders))
  run('vitest', ['run', ...tests], { SPIKEWARD_SCREENSHOTS: join(root, folder) })

const place = mkdtempSync(join(tmpdir(), 'spikeward-pictures-'))
try {
  const out = join(place, 'run')
  const hat = 'train mexican-hat --estimator rfg --scope global --directions 8 --key 0 --quiet --out'.split(' ')
  run(process.execPath, ['scripts/spikeward.mjs', ...hat, out])
  copyFileSync(join(out, 'result.png'), join(root, 'docs/images/mexican-hat.png'))
} finally {
  rmSync(place, { recursive: true, force: true })
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [more] environment variables
 */
function run(command, args, more = {}) {
  const { status } = spawnSync(command, args, { env: { ...toolEnvironment(), ...more }, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}
