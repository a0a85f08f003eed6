/**
 * Makes the checkpoints of the page's operators: `node apps/demo/scripts/train-checkpoint.mjs [poisson] [reaction-diffusion]`.
 * Runs from source; the native backend must be built.
 */
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const source = '@spikeward/source'
const { module } = await runnerImport(fileURLToPath(new URL('./trainCheckpoint.ts', import.meta.url)), {
  configFile: false,
  ssr: { resolve: { conditions: [source, 'node'], externalConditions: [source, 'node'] } },
})
await module.main(process.argv.slice(2))
