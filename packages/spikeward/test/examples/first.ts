import { train } from 'spikeward'

const run = await train({ problem: 'mexican-hat', estimator: 'eligibility', key: 1, steps: 300 })
console.log(run.relativeL2) // the error on points that the training has not seen
console.log(run.baselines.untrained) // the same network untrained, with a readout by ridge regression
const { values, shape } = await run.predict({ at: { x1: [-0.5, 0, 0.5], x2: [0, 1] } })
console.log(shape) // [3, 2]
console.log(values)
