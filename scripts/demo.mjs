/** `npm run demo`: the demo site, built where a source has changed, and served on this machine. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { alone, ensureInstalled, root, toolEnvironment } from './lib/setup.mjs'

process.chdir(root)
ensureInstalled()
process.stderr.write('Building the site …\n')
alone(() => {
  const { status } = spawnSync('turbo', ['run', 'build', '--filter=@spikeward/demo', '--output-logs=errors-only'], {
    env: toolEnvironment(),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) process.exit(1)
})

// The server is in this process, without the late optimisation of tools.
// Imported here, because before the first install there is no vite.
const { preview } = await import('vite')
const site = await preview({
  root: join(root, 'apps', 'demo'),
  configFile: join(root, 'apps', 'demo', 'vite.config.ts'),
})
site.printUrls()
