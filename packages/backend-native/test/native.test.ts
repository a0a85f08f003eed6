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

/** The contract once more, with a variable that the addon looks at when it compiles a plan. */
function describeWith(variable: string, value: string, title: string, seed: number, isa = isas[0]): void {
  describe(title, () => {
    beforeAll(() => {
      process.env[variable] = value
    })
    afterAll(() => {
      Reflect.deleteProperty(process.env, variable)
    })
    if (isa) describeBackend(`native, ${isa}, ${title}`, () => native({ threads: 2, isa }), { runs: runs * 3, seed })
  })
}

// Small programs are not worth running tile by tile; here they are all the same, in three tiles.
describeWith('SPIKEWARD_BANDS', 'always', 'bands wherever they can be', 7)
// What runs where the system gives no memory for machine code.
if (isas.includes('avx512')) describeWith('SPIKEWARD_FUSE', 'off', 'rows interpreted', 8)
// Memory that a step has not written itself holds nonsense, so that nothing is right by what an earlier step or run left there.
for (const isa of isas) describeWith('SPIKEWARD_MEMORY', 'poison', `memory of nonsense, ${isa}`, 9, isa)
