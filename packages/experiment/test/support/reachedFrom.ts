import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The modules that a bundler for pages reaches from an entry, from the sources of every package. */
export async function reachedFrom(
  entry: string,
): Promise<{ readonly inputs: readonly string[]; readonly errors: string }> {
  const { metafile, errors } = await build({
    entryPoints: [fileURLToPath(new URL(`../../src/${entry}`, import.meta.url))],
    // Without it esbuild works in the folder of its first use in this process, which may be gone.
    absWorkingDir: fileURLToPath(new URL('../../../..', import.meta.url)),
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
