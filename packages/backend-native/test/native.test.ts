import { afterAll, beforeAll, describe, test } from 'vitest'
import { describeBackend } from '@spikeward/testkit'
import { native } from '../src/index.js'
import { instructionSets, reason } from './setup.js'

if (instructionSets.length === 0) test('the contract', (context) => context.skip(reason))

// SPIKEWARD_RUNS: more random cases than the usual number; SPIKEWARD_CONTRACT_RUNS: fewer, of the contract alone.
const runs = Number(process.env['SPIKEWARD_CONTRACT_RUNS'] ?? process.env['SPIKEWARD_RUNS'] ?? 20)

// The set that programs use here with all random cases; the others, whose kernels differ in their inner loops alone, with fewer.
for (const [i, instructionSet] of instructionSets.entries()) {
  for (const threads of [1, 2]) {
    describeBackend(
      `native, ${instructionSet}, ${threads} thread${threads > 1 ? 's' : ''}`,
      () => native({ threads, instructionSet }),
      { runs: i === 0 ? runs : Math.ceil(runs / 3), seed: threads },
    )
  }
}

/** Runs the contract again with an environment variable that the addon reads when it compiles a plan. */
function describeWith(
  variable: string,
  value: string,
  title: string,
  seed: number,
  cases = runs,
  instructionSet = instructionSets[0],
): void {
  describe(title, () => {
    beforeAll(() => {
      process.env[variable] = value
    })
    afterAll(() => {
      Reflect.deleteProperty(process.env, variable)
    })
    if (instructionSet)
      describeBackend(`native, ${instructionSet}, ${title}`, () => native({ threads: 2, instructionSet }), {
        runs: cases,
        seed,
      })
  })
}

// Small programs are not worth fusing; this mode fuses them nevertheless, in three tiles.
describeWith('SPIKEWARD_TILING', 'always', 'tile-fused groups wherever possible', 7, runs * 2)
// The path for systems that provide no executable memory.
if (instructionSets.length > 1) describeWith('SPIKEWARD_CODEGEN', 'off', 'rows interpreted', 8)
// Memory that a step has not written holds garbage, so that no result can depend on what an earlier step or run left
// there.
for (const [i, instructionSet] of instructionSets.entries()) {
  const title = `poisoned memory, ${instructionSet}`
  describeWith('SPIKEWARD_MEMORY', 'poison', title, 9 + i, Math.ceil(runs / 2), instructionSet)
}
