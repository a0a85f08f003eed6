import { afterAll, beforeAll, describe, test } from 'vitest'
import { describeBackend } from '@spikeward/testkit'
import { native } from '../src/index.js'
import { isas, reason } from './setup.js'

if (isas.length === 0) test('the contract', (context) => context.skip(reason))

// SPIKEWARD_RUNS: more random cases than the usual number.
const runs = Number(process.env['SPIKEWARD_RUNS'] ?? 30)

for (const isa of isas) {
  for (const threads of [1, 2]) {
    describeBackend(`native, ${isa}, ${threads} thread${threads > 1 ? 's' : ''}`, () => native({ threads, isa }), {
      runs,
      seed: threads,
    })
  }
}

// Small programs are not worth running tile by tile; here they are all the same, in three tiles.
describe('in bands', () => {
  beforeAll(() => {
    process.env['SPIKEWARD_BANDS'] = 'always'
  })
  afterAll(() => {
    delete process.env['SPIKEWARD_BANDS']
  })
  for (const isa of isas.slice(0, 1))
    describeBackend(`native, ${isa}, bands wherever they can be`, () => native({ threads: 2, isa }), {
      runs: runs * 3,
      seed: 7,
    })
})
