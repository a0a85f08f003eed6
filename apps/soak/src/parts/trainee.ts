/**
 * A process that trains in a run folder until its end, from the checkpoint if there is one: the part `kills` kills it.
 *
 *     node trainee.js <folder> <key> <backend>
 */
import { existsSync } from 'node:fs'
import { adam } from '@spikeward/optim'
import { fit } from '@spikeward/train'
import { createRun, openRun, record } from '@spikeward/train/node'
import { smallTraining } from './smallTraining.js'

const [folder = '', key = '0', name = 'reference'] = process.argv.slice(2)
const run = existsSync(folder) ? await openRun(folder) : await createRun(folder, { key: Number(key), backend: name })
await using _claim = await run.claim()
const training = await smallTraining(name, Number(key))
await using _backend = training.backend
const resume = await run.checkpoint()
const events = fit({
  ...training,
  optimizer: adam(1e-2),
  steps: 600,
  every: 3,
  checkpointEvery: 5,
  ...(resume === null ? {} : { resume }),
})
for await (const event of record(run, events)) if (event.type === 'end') await run.saveSummary({ steps: event.step })
