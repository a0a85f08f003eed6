import { afterAll, beforeAll, describe, test } from 'vitest'
import {
  backendChecks,
  backendUnderTest,
  describeBackend,
  rememberedReference,
  type BackendOptions,
} from '@spikeward/testkit'
import { native, type NativeOptions } from '../src/index.js'
import { instructionSets, reason } from './setup.js'

if (instructionSets.length === 0) test('the contract', (context) => context.skip(reason))

// An access out of bounds shows in any program that makes it; the plain addon computes the random cases in full.
const sanitized = process.env['SPIKEWARD_SANITIZED'] === 'true'

// SPIKEWARD_RUNS sets the number of random cases.
const runs = Number(process.env['SPIKEWARD_RUNS'] ?? (sanitized ? 6 : 20))

// All backends below are compared with it, on nearly the same plans.
const reference = rememberedReference()

// The instruction set that programs use on this machine runs all random cases on one thread, and half as many others on
// two. The other sets, whose kernels differ only in their inner loops, run fewer, on two threads. An access out of
// bounds on one thread is also one on two. The endurance test (`apps/soak`) runs more programs of the same generator.
for (const [i, instructionSet] of instructionSets.entries()) {
  for (const threads of sanitized || i > 0 ? [2] : [1, 2]) {
    const share = i > 0 ? 3 : sanitized ? 1 : threads
    describeBackend(
      `native, ${instructionSet}, ${threads} thread${threads > 1 ? 's' : ''}`,
      () => native({ threads, instructionSet }),
      { runs: Math.ceil(runs / share), key: threads, reference },
    )
  }
}

/** The groups of the contract whose plans have several steps. */
const severalSteps = /^(plans|generated programs|programs|derivatives)$/

/** The groups of the contract whose plans have kernels, and which JavaScript does not answer alone. */
const withKernels = /^(?!malformed|memory|dot|linear algebra|gather|scatterAdd)/

type Again = BackendOptions & Pick<NativeOptions, 'instructionSet' | 'operands'>

/** Runs some groups of the contract again with an environment variable that the addon reads when it compiles a plan. */
function describeWith(
  variable: string,
  value: string,
  title: string,
  groups: RegExp,
  { instructionSet = instructionSets[0], operands = 'f32', ...options }: Again,
): void {
  if (instructionSet === undefined) return
  describe(`${title}, ${instructionSet}`, async () => {
    const tested = await backendUnderTest(title, () => native({ threads: 2, instructionSet, operands }), {
      reference,
      ...options,
    })
    beforeAll(() => {
      process.env[variable] = value
    })
    afterAll(async () => {
      Reflect.deleteProperty(process.env, variable)
      await tested.backend[Symbol.asyncDispose]()
    })
    for (const check of backendChecks()) {
      if (!groups.test(check.group) || check.skip?.(tested)) continue
      test(`${check.group}: ${check.name}`, () => check.run(tested))
    }
  })
}

// Small programs are not worth fusing; this mode fuses them nevertheless, in three tiles.
describeWith('SPIKEWARD_TILING', 'always', 'tile-fused groups wherever possible', severalSteps, { runs, key: 7 })
// The path for systems that provide no executable memory.
if (instructionSets.length > 1)
  describeWith('SPIKEWARD_CODEGEN', 'off', 'rows interpreted', withKernels, { runs, key: 8 })
// Memory that a step has not written holds garbage, so that no result can depend on what an earlier step or run left
// there. The sanitizers do not look for such reads.
for (const [i, instructionSet] of sanitized ? [] : instructionSets.slice(0, 2).entries()) {
  const options = { runs: Math.ceil(runs / 2), key: 9 + i, instructionSet }
  describeWith('SPIKEWARD_MEMORY', 'poison', 'poisoned memory', /^(?!malformed)/, options)
}
// Rounded operands change large products and nothing else; rounded.test.ts tests those.
const withProducts = /^(plans|generated programs|programs|layers|derivatives)$/
for (const operands of ['bf16', 'int8'] as const)
  for (const instructionSet of sanitized ? instructionSets.slice(0, 1) : instructionSets)
    describeWith('SPIKEWARD_TILING', 'always', `operands in ${operands}`, withProducts, {
      ...{ runs: Math.ceil(runs / 4), key: 11, instructionSet, operands },
    })
