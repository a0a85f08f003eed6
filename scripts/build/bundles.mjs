/**
 * Bundles every package and program in one process: `npm run bundles`. To start npm, Node and tsup for each of them takes
 * ten times as long. `turbo run build --filter=@spikeward/NAME` bundles one.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'tsup'
import { workspaceFolders } from '../lib/files.mjs'
import { root } from '../lib/setup.mjs'

process.chdir(root)
for (const folder of workspaceFolders().map((name) => join(root, name))) {
  if (!existsSync(join(folder, 'tsup.config.ts'))) continue
  process.chdir(folder)
  await build({
    silent: true,
    // esbuild keeps the folder in which it was loaded.
    esbuildOptions(options) {
      options.absWorkingDir = folder
    },
  })
}
