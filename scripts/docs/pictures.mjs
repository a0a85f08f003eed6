/**
 * `npm run docs:pictures`: takes the pictures of the demo and of the live page of a run anew, into docs/images.
 * The tests that open these pages take them.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled, root, toolEnvironment } from '../lib/setup.mjs'

/** The folders of pictures, and the tests that take them. */
const folders = {
  'docs/images/demo': ['apps/demo/test'],
  'docs/images/watch': ['apps/cli/test/watch'],
}

process.chdir(root)
ensureInstalled()
for (const [folder, tests] of Object.entries(folders)) {
  const env = { ...toolEnvironment(), SPIKEWARD_SCREENSHOTS: join(root, folder) }
  const { status } = spawnSync('vitest', ['run', ...tests], { env, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}
