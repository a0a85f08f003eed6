import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * Imports a module in TypeScript with the sources of the packages, so that nothing has to be built first.
 *
 * @param {URL} entry
 */
export async function importBundled(entry) {
  const bundle = new URL(`../node_modules/.cache/${basename(entry.pathname, '.ts')}.mjs`, import.meta.url)
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile: fileURLToPath(bundle),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@spikeward/source'],
    // Modules that only a GPU, a compiled addon or a picture needs.
    external: ['webgpu', '@resvg/resvg-js', '*.node'],
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url)",
    },
    logLevel: 'error',
  })
  return import(bundle.href)
}
