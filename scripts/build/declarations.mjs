/**
 * Writes the declarations of every package to its `dist`, one next to each source (`npm run types`). The siblings'
 * declarations come first, so that compilation uses what a user's compiler reads.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { graph } from '../graph.mjs'
import { declarationFiles } from '../lib/files.mjs'
import { root, toolEnvironment } from '../lib/setup.mjs'

const configs = join(root, 'node_modules', '.spikeward', 'declarations')

mkdirSync(configs, { recursive: true })
process.exitCode = inOrder().every((name) => compile(name)) ? 0 : 1

/** @returns {string[]} every package after those that it imports */
function inOrder() {
  /** @type {Set<string>} */
  const order = new Set()
  const add = (/** @type {string} */ name) => {
    if (order.has(name)) return
    for (const sibling of graph[name]?.code ?? []) add(sibling)
    order.add(name)
  }
  for (const name of Object.keys(graph)) add(name)
  return [...order]
}

/**
 * @param {string} name folder under packages/
 * @returns {boolean} whether it compiles
 */
function compile(name) {
  const folder = join(root, 'packages', name)
  // The declaration of a source that was moved must not be published.
  for (const file of declarationFiles(join(folder, 'dist'))) rmSync(file)
  const config = join(configs, `${name}.json`)
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
  return spawnSync('tsgo', ['-p', config], { cwd: folder, stdio: 'inherit', env: toolEnvironment() }).status === 0
}
