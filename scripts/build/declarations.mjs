/**
 * Writes the declarations of every package to its `dist`, one next to each source (`npm run types`). One process
 * compiles a package after those that it imports and reads their declarations, as a user's compiler does.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { graph } from '../graph.mjs'
import { declarationFiles } from '../lib/files.mjs'
import { root, toolEnvironment } from '../lib/setup.mjs'

const configs = join(root, 'node_modules', '.spikeward', 'declarations')
const names = Object.keys(graph)

rmSync(configs, { recursive: true, force: true })
mkdirSync(configs, { recursive: true })
for (const name of names) {
  const folder = join(root, 'packages', name)
  // The declaration of a source that was moved must not be published.
  for (const file of declarationFiles(join(folder, 'dist'))) rmSync(file)
  write(name, {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      composite: true,
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      customConditions: [],
      paths: ownImports(folder),
      rootDir: join(folder, 'src'),
      outDir: join(folder, 'dist'),
      tsBuildInfoFile: join(configs, `${name}.tsbuildinfo`),
    },
    include: [join(folder, 'src'), join(folder, 'src', '**', '*.json')],
    references: references(graph[name]?.code ?? []),
  })
}
write('all', { files: [], references: references(names) })
const { status } = spawnSync('tsgo', ['--build', configOf('all')], { stdio: 'inherit', env: toolEnvironment() })
process.exitCode = status === 0 ? 0 : 1

/**
 * The sources of a package's own `imports`, such as `#host`: their declarations are written now, while those of others
 * are read.
 *
 * @param {string} folder
 * @returns {Record<string, string[]>}
 */
function ownImports(folder) {
  /** @type {Record<string, Record<string, Record<string, string>>>} */
  const imports = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).imports ?? {}
  return Object.fromEntries(
    Object.entries(imports).map(([name, { '@spikeward/source': source }]) => [
      name,
      [join(folder, source?.node ?? '')],
    ]),
  )
}

/** @param {string} name folder under packages/ */
function configOf(name) {
  return join(configs, `${name}.json`)
}

/** @param {readonly string[]} of folders under packages/ */
function references(of) {
  return of.map((name) => ({ path: configOf(name) }))
}

/**
 * @param {string} name
 * @param {object} config
 */
function write(name, config) {
  writeFileSync(configOf(name), JSON.stringify(config))
}
