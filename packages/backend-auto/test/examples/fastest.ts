import { fastest } from '@spikeward/backend-auto'
import { cpu } from '@spikeward/backend-cpu'
import { referenceBackend } from '@spikeward/core'
import { rfg } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { parabola } from '@spikeward/problems'
import { fit, trialOf } from '@spikeward/train'

const neuron = leakyIntegrateAndFire({ beta: 1 })
const network = spikingMlp({ inputs: 1, outputs: 1, hidden: [32], time: 8, neuron, spike: spike(atan()) })
const options = { network, problem: parabola(), estimator: rfg(), optimizer: adam(0.01), key: 0, steps: 100, batch: 16 }

const { name, backend, measured } = await fastest([cpu, referenceBackend], { trial: trialOf(options) })
console.log(name, measured.length) // cpu 2
for await (const e of fit({ ...options, backend })) if (e.type === 'end') console.log(e.step) // 100
await backend[Symbol.asyncDispose]()
