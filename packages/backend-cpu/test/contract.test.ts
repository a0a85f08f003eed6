import { describeBackend, rememberedReference } from '@spikeward/testkit'
import { cpu } from '../src/index.js'

const reference = rememberedReference()

describeBackend('cpu, one thread', () => cpu({ threads: 1 }), { contraction: true, runs: 20, reference })
describeBackend('cpu, one thread, without relaxed SIMD', () => cpu({ threads: 1, relaxedSimd: false }), {
  runs: 10,
  reference,
})
describeBackend('cpu, three threads', () => cpu({ threads: 3 }), { contraction: true, runs: 10, key: 2, reference })
