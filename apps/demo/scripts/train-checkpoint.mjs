/**
 * Makes the checkpoints of the page's operators: `node apps/demo/scripts/train-checkpoint.mjs [poisson] [reaction-diffusion]`.
 * Runs from source; the native backend must be built.
 */
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const source = '@spikeward/source'
const { module } = await runnerImport(fileURLToPath(new URL('./trainCheckpoint.ts', import.meta.url)), {
  configFile: false,
  environments: { inline: { resolve: { conditions: [source, 'node'], noExternal: /^@spikeward\// } } },
})
await module.main(process.argv.slice(2))
