import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bp } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { parabola } from '@spikeward/problems'
import { fit } from '@spikeward/train'
import { createRun, openRun, record } from '@spikeward/train/node'

const neuron = leakyIntegrateAndFire({ beta: 1 })
const network = spikingMlp({ inputs: 1, outputs: 1, hidden: [8], time: 4, neuron, spike: spike(atan()) })
const options = { network, problem: parabola(), estimator: bp(), optimizer: adam(0.01), key: 0, checkpointEvery: 10 }

const folder = join(await mkdtemp(join(tmpdir(), 'spikeward-')), 'run')
const run = await createRun(folder, { steps: 30 })
for await (const e of record(run, fit({ ...options, steps: 30 }))) if (e.step === 20) break // as if it had been killed

const again = await openRun(folder)
const resume = await again.checkpoint()
for await (const e of record(again, fit({ ...options, steps: 30, ...(resume && { resume }) }))) {
  console.log(e.type, e.step) // start 10 … end 30, with the parameters that 30 steps without a break give
}
