/**
 * Bundles every package and program in one process: `npm run bundles`. To start npm, Node and tsup for each of them
 * takes ten times as long. `turbo run build --filter=@spikeward/NAME` bundles one. A failure does not stop the others;
 * the folders that failed are listed at the end and in `node_modules/.spikeward/unbundled`, and the exit code is 1.
 * Each folder is built aside, since commands may run from its `dist`.
 */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'tsup'
import { bundledFolders } from '../lib/files.mjs'
import { replaceFiles } from '../lib/replaceFiles.mjs'
import { bundled, root, unbundled } from '../lib/setup.mjs'

process.chdir(root)
const begun = new Date()
rmSync(bundled, { force: true })
const folders = bundledFolders()
/** Beside `dist`, so that paths in source maps stay right, and of this process alone. */
const aside = `.dist-${process.pid}`
/** The names that esbuild gives to chunks. */
const chunk = /-[A-Z0-9]{8}\.js(\.map)?$/
/** @type {string[]} */
const failed = []
for (const name of folders) {
  const folder = join(root, name)
  process.chdir(folder)
  try {
    await build({
      silent: true,
      outDir: aside,
      // esbuild keeps the folder in which it was loaded.
      esbuildOptions(options) {
        options.absWorkingDir = folder
      },
    })
    const isOwn = (/** @type {string} */ file) => !file.endsWith('.d.ts')
    replaceFiles(join(folder, aside), join(folder, 'dist'), isOwn, (file) => chunk.test(file))
  } catch (error) {
    rmSync(join(folder, aside), { recursive: true, force: true })
    failed.push(name)
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n\n`)
  }
}
process.chdir(root)
mkdirSync(dirname(unbundled), { recursive: true })
writeFileSync(unbundled, failed.join('\n'))
if (failed.length > 0) {
  process.stderr.write(
    `${failed.length} of ${folders.length} folders were not bundled: ${failed.join(', ')}. Mend the errors above, then run the command again.\n`,
  )
  process.exitCode = 1
} else {
  writeFileSync(bundled, '')
  // A file saved while the bundles were made counts as newer.
  utimesSync(bundled, begun, begun)
}
