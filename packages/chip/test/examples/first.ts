import { tensor } from '@spikeward/core'
import { loihi1, runLif } from '@spikeward/chip'

const neurons = { du: 4095, dv: 0, biasMant: 0, biasExp: 0, vth: 10 }
const activation = tensor([[6], [6], [6], [6]], { dtype: 'i32' }) // [time, neurons]
const { membraneBeforeReset, spikes } = runLif(loihi1, neurons, activation)
console.log(await membraneBeforeReset.data()) // [384, 768, 384, 768]
console.log(await spikes.data()) // [0, 1, 0, 1]
