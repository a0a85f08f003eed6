import { train } from 'spikeward'

const x = Array.from({ length: 100 }, (_, i) => i / 100)
const run = await train({ data: { inputs: x, outputs: x.map(Math.sqrt) }, steps: 60 })
console.log(run.relativeL2, run.baselines.kernel)
