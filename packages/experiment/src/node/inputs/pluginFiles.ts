import { realpathSync } from 'node:fs'
import { dirname, extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import { locate } from '../plugins/loadModule.js'
import { isPath } from '../../plugins/reference.js'
import type { InputFile } from '../../config/trainConfig.js'

const modules: readonly string[] = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json']

const otherKinds: Plugin = {
  name: 'other kinds',
  setup(build) {
    build.onLoad({ filter: /./ }, ({ path }) =>
      modules.includes(extname(path)) ? undefined : { contents: '', loader: 'empty' },
    )
  },
}

/**
 * The sources of a plug-in: its file, or the entry of its package, and all that these import by a path. Packages that it imports, and files that
 * it opens while it runs, are not among them.
 */
export async function pluginFiles(specifier: string): Promise<readonly InputFile[]> {
  const url = locate(specifier, process.cwd())
  if (url === null) return []
  const entry = realpathSync(fileURLToPath(url))
  const home = dirname(entry)
  const { build } = await import('esbuild')
  const inputs = await build({
    entryPoints: [entry],
    absWorkingDir: home,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
    plugins: [otherKinds],
  }).then(
    ({ metafile }) => Object.keys(metafile.inputs),
    // Loading it fails in the same way, and says why.
    () => [],
  )
  const place = isPath(specifier) ? dirname(specifier) : specifier
  const paths = new Set([entry, ...inputs.map((input) => join(home, input))])
  return [...paths].map((path) => ({ name: join(place, relative(home, path)), path }))
}
