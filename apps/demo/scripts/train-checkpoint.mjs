/**
 * Trains the networks that the page stores:
 * `node apps/demo/scripts/train-checkpoint.mjs [poisson] [reaction-diffusion] [fronts]`. Runs the bundles of the packages; they
 * and the native backend must be built.
 */
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const { module } = await runnerImport(fileURLToPath(new URL('./trainCheckpoint.ts', import.meta.url)), {
  configFile: false,
})
await module.main(process.argv.slice(2))
