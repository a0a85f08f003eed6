/**
 * A process that trains in a run folder until its end, from the checkpoint if there is one: the part `kills` kills it.
 *
 *     node trainee.js <folder> <key> <backend>
 */
import { existsSync } from 'node:fs'
import { cpu } from '@spikeward/backend-cpu'
import { native } from '@spikeward/backend-native'
import { referenceBackend } from '@spikeward/core'
import { rfg } from '@spikeward/estimators'
import { adam } from '@spikeward/optim'
import { fit } from '@spikeward/train'
import { createRun, openRun, record } from '@spikeward/train/node'
import { smallProblem } from './smallProblem.js'

const [folder = '', key = '0', name = 'reference'] = process.argv.slice(2)
const backends = {
  reference: async () => referenceBackend(),
  cpu: () => cpu({ threads: 1 }),
  native: () => native({ threads: 1 }),
}

const run = existsSync(folder) ? await openRun(folder) : await createRun(folder, { key: Number(key), backend: name })
await using _claim = await run.claim()
await using backend = await backends[name as keyof typeof backends]()
const resume = await run.checkpoint()
const events = fit({
  ...smallProblem(),
  estimator: rfg({ directions: 2 }),
  optimizer: adam(1e-2),
  backend,
  key: Number(key),
  steps: 600,
  every: 3,
  checkpointEvery: 5,
  ...(resume === null ? {} : { resume }),
})
for await (const event of record(run, events)) if (event.type === 'end') await run.saveSummary({ steps: event.step })
