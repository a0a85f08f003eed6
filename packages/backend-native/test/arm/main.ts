/**
 * The subset of the tests that runs on an emulated Arm processor: `node scripts/test-arm.mjs` bundles and starts it.
 */
import { backendChecks, backendUnderTest, rememberedReference } from '@spikeward/testkit'
import { native } from '../../src/index.js'
import { instructionSets, reason } from '../setup.js'
import { afterAll, describe, runTests, test } from './vitest.js'
import '../codegen.test.js'
import '../product/spikes.test.js'
import '../product/sparse.test.js'

if (instructionSets.length === 0) throw new Error(reason)
console.log(`instruction sets: ${instructionSets.join(', ')}`)

// An emulated processor takes ten times as long, so checks that real processors run too have one case of each kind
// here.
const runs = Math.ceil(Number(process.env['SPIKEWARD_RUNS'] ?? 12) / 3)
const reference = rememberedReference()
const backends = await Promise.all(
  instructionSets.map((instructionSet, i) =>
    backendUnderTest(`native, ${instructionSet}`, () => native({ threads: 2, instructionSet }), {
      runs: instructionSet === 'portable' ? 1 : runs,
      key: 5 + i,
      reference,
    }),
  ),
)
for (const tested of backends) {
  // JavaScript refuses malformed plans. Layers and rules of online learning consist of operations that the other groups
  // check; that portable code computes them is shown on real processors, and most of their time here is JavaScript's.
  const leftOut = tested.name.endsWith('portable') ? /^(malformed plans|layers|online learning)$/ : /^malformed plans$/
  describe(tested.name, () => {
    afterAll(() => tested.backend[Symbol.asyncDispose]())
    for (const check of backendChecks()) {
      if (!leftOut.test(check.group) && !check.skip?.(tested))
        test(`${check.group} > ${check.name}`, () => check.run(tested))
    }
  })
}

// Peak figures of an emulated machine mean nothing.
const { passed, failed } = await runTests((name) => !/^(portable: |the peaks of the machine)/.test(name))
console.log(`${passed} passed, ${failed} failed on ${process.platform}-${process.arch}`)
process.exitCode = failed > 0 ? 1 : 0
