/**
 * Writes the declarations of the package in the current folder to its `dist`, one next to each source (a package's
 * `types` script). The siblings' declarations come first, so that compilation uses what a user's compiler reads.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { declarationFiles } from './lib/files.mjs'
import { root, toolEnvironment } from './lib/setup.mjs'

const folder = process.cwd()
const configs = join(root, 'node_modules', '.spikeward', 'declarations')
const config = join(configs, `${basename(folder)}.json`)

// The declaration of a source that was moved must not be published.
for (const file of declarationFiles(join(folder, 'dist'))) rmSync(file)
mkdirSync(configs, { recursive: true })
writeFileSync(
  config,
  JSON.stringify({
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      customConditions: [],
      rootDir: join(folder, 'src'),
      outDir: join(folder, 'dist'),
    },
    include: [join(folder, 'src')],
  }),
)
process.exitCode = spawnSync('tsgo', ['-p', config], { stdio: 'inherit', env: toolEnvironment() }).status ?? 1
