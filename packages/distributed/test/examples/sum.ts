import { threadGroup, threads } from '@spikeward/distributed'

const group = threadGroup(2)
const sums = [0, 1].map((rank) => threads(group, rank).allreduce(new Float32Array([rank + 1, 0.5])))
console.log(await sums[0]) // [3, 1]
