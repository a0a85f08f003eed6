import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

/** The modules that a bundler for pages reaches from an entry, from the sources of every package. */
async function reachedFrom(entry: string): Promise<{ readonly inputs: readonly string[]; readonly errors: string }> {
  const { metafile, errors } = await build({
    entryPoints: [fileURLToPath(new URL(`../src/${entry}`, import.meta.url))],
    // Without it esbuild works in the folder of its first use in this process, which may be gone.
    absWorkingDir: fileURLToPath(new URL('../../..', import.meta.url)),
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@spikeward/source'],
    // Dawn, which the backend loads in Node alone.
    external: ['webgpu'],
    logLevel: 'silent',
    outdir: 'unused',
  }).catch((error: unknown) => ({ metafile: { inputs: {} }, errors: [error] }))
  return { inputs: Object.keys(metafile.inputs), errors: errors.map(String).join('\n') }
}

test('a page loads the main entry: no module of Node is reached', async () => {
  const { inputs, errors } = await reachedFrom('index.ts')
  expect(errors).toBe('')
  expect(inputs.some((path) => path.endsWith('experiment/src/host/page.ts'))).toBe(true)
  expect(inputs.filter((path) => /experiment\/src\/node(\/|\.ts)|backend-native|\/src\/node/.test(path))).toEqual([])
})

test('the entry of Node is not for pages', async () => {
  const { errors } = await reachedFrom('node.ts')
  expect(errors).toContain('Could not resolve "node:')
})
