import { afterAll, beforeAll, describe, test } from 'vitest'
import { describeBackend, rememberedReference } from '@spikeward/testkit'
import { native } from '../src/index.js'
import { instructionSets, reason } from './setup.js'

if (instructionSets.length === 0) test('the contract', (context) => context.skip(reason))

// An access out of bounds shows in any program that makes it; the plain addon computes the random cases in full.
const sanitized = process.env['SPIKEWARD_SANITIZED'] === 'true'

// SPIKEWARD_RUNS sets the number of random cases.
const runs = Number(process.env['SPIKEWARD_RUNS'] ?? (sanitized ? 6 : 20))

// All backends below are compared with it, on nearly the same plans.
const reference = rememberedReference()

// The instruction set that programs use on this machine runs all random cases, on one thread and on two. The others,
// whose kernels differ only in their inner loops, run fewer, on two threads. An access out of bounds on one thread is
// also one on two.
for (const [i, instructionSet] of instructionSets.entries()) {
  for (const threads of sanitized || i > 0 ? [2] : [1, 2]) {
    describeBackend(
      `native, ${instructionSet}, ${threads} thread${threads > 1 ? 's' : ''}`,
      () => native({ threads, instructionSet }),
      { runs: i === 0 ? runs : Math.ceil(runs / 3), seed: threads, reference },
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
        reference,
      })
  })
}

// Small programs are not worth fusing; this mode fuses them nevertheless, in three tiles.
describeWith('SPIKEWARD_TILING', 'always', 'tile-fused groups wherever possible', 7, runs * 2)
// The path for systems that provide no executable memory.
if (instructionSets.length > 1) describeWith('SPIKEWARD_CODEGEN', 'off', 'rows interpreted', 8)
// Memory that a step has not written holds garbage, so that no result can depend on what an earlier step or run left
// there. The sanitizers do not look for such reads.
for (const [i, instructionSet] of sanitized ? [] : instructionSets.slice(0, 2).entries()) {
  const title = `poisoned memory, ${instructionSet}`
  describeWith('SPIKEWARD_MEMORY', 'poison', title, 9 + i, Math.ceil(runs / 2), instructionSet)
}
