/**
 * `node scripts/release/publish.mjs`: packs every public package, and one for the addon of each platform, and publishes
 * those whose version the registry lacks, so that a release that stopped can be started again. The packages and the
 * addons must be built (`npm run build`, packages/backend-native/scripts/prebuild.mjs).
 *
 * No token is needed: npm proves to the registry which workflow it runs in (trusted publishing), and states where each
 * package was built (provenance). `--dry-run` packs and publishes nothing.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { targets } from '../../packages/backend-native/scripts/toolchains.mjs'
import { packAll, prebuilt, run } from './pack.mjs'

/** The first versions of npm that publish by the identity of a workflow begin with 11.5.1; Node 22 has npm 10. */
const npm = ['--yes', 'npm@11.6.2']
const isDry = process.argv.includes('--dry-run')

const missing = targets.filter((target) => !existsSync(prebuilt(target)))
if (missing.length > 0 && !isDry)
  throw new Error(`no addon for ${missing.join(', ')}: node packages/backend-native/scripts/prebuild.mjs compiles it`)

const folder = mkdtempSync(join(tmpdir(), 'spikeward-publish-'))
try {
  const addons = Object.fromEntries(targets.map((target) => [target, prebuilt(target)]))
  for (const { name, tarball, manifest } of packAll(folder, addons)) {
    const version = `${name}@${String(manifest['version'])}`
    if (!isDry && run('npx', [...npm, 'view', version, 'version']).output.trim() !== '') {
      console.log(`${version} is published already`)
      continue
    }
    const how = isDry ? ['--dry-run'] : ['--provenance']
    const { problem } = run('npx', [...npm, 'publish', tarball, '--access', 'public', ...how])
    if (problem !== undefined) throw new Error(problem)
    console.log(`${isDry ? 'would publish' : 'published'} ${version}`)
  }
} finally {
  rmSync(folder, { recursive: true })
}
