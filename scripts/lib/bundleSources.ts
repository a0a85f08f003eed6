/** Programs for tests that need a process or a thread, bundled from the sources. */
import { isBuiltin } from 'node:module'
import { basename, join } from 'node:path'
import { build } from 'tsup'
import type { Options } from 'tsup'

/**
 * Packages from the registry stay outside the bundle, each under the path where the importing package finds it: from
 * the bundle's folder only those of that folder's package would be found.
 */
const packagesByPath: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'packages-by-path',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./#]/ }, async ({ path, resolveDir, kind, pluginData }) => {
      if (path.startsWith('@spikeward/') || isBuiltin(path) || pluginData === 'seen') return null
      const found = await resolve(path, { resolveDir, kind, pluginData: 'seen' })
      return found.errors.length > 0 ? { path, external: true } : { path: found.path, external: true }
    })
  },
}

/**
 * Bundles a program with the sources of every sibling package.
 *
 * @param entry absolute path of a TypeScript file
 * @param outDir where the bundle goes; it is emptied
 * @returns the path of the program
 */
export async function bundleSources(entry: string, outDir: string): Promise<string> {
  await build({
    config: false,
    entry: [entry],
    outDir,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    silent: true,
    clean: true,
    noExternal: [/.*/],
    esbuildPlugins: [packagesByPath],
    esbuildOptions: (options) => {
      options.conditions = ['@spikeward/source']
      // As Node does: what packages name under "module" is for bundlers.
      options.mainFields = ['main']
    },
  })
  return join(outDir, `${basename(entry, '.ts')}.js`)
}
