/**
 * Measures the time until the page trains and how long its main thread is blocked: `node
 * apps/demo/scripts/responsiveness.mjs`. Prints one JSON object. The times depend on the machine, so no test asserts
 * them.
 */
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const source = '@spikeward/source'
const { module } = await runnerImport(fileURLToPath(new URL('./responsiveness.ts', import.meta.url)), {
  configFile: false,
  environments: { inline: { resolve: { conditions: [source, 'node'], noExternal: /^@spikeward\// } } },
})
await module.main()
