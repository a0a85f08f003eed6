/**
 * Measures how soon the page learns and how long its main thread is held: `node apps/demo/scripts/responsiveness.mjs`.
 * Prints one JSON object. These are times of a machine, so a test asserts none of them.
 */
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const source = '@spikeward/source'
const { module } = await runnerImport(fileURLToPath(new URL('./responsiveness.ts', import.meta.url)), {
  configFile: false,
  environments: { inline: { resolve: { conditions: [source, 'node'], noExternal: /^@spikeward\// } } },
})
await module.main()
