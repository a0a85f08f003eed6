import { describeBackend } from '@spikeward/testkit'
import { native } from '../src/index.js'

for (const isa of ['portable', 'avx2', 'avx512'] as const) {
  for (const threads of [1, 2]) describeBackend(`native, ${isa}, ${threads} threads`, () => native({ threads, isa }), { runs: 100, seed: threads })
}
