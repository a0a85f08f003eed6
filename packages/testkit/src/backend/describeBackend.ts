import { afterAll, describe } from 'vitest'
import type { Backend } from '@spikeward/core/backend'
import { registerChecks, type Check } from '../check.js'
import { layerChecks } from './programs/layerChecks.js'
import { onlineChecks } from './programs/onlineChecks.js'
import { fieldDerivativeChecks } from './programs/fieldDerivatives.js'
import { kernelChecks } from './kernels/kernelChecks.js'
import { malformedChecks } from './malformed.js'
import { memoryChecks } from './memoryChecks.js'
import { operationChecks } from './operations.js'
import { planChecks } from './planChecks.js'
import { programChecks } from './programs/programChecks.js'
import { routineChecks } from './routines.js'
import { scanChecks } from './scans.js'
import { backendUnderTest, type BackendOptions, type BackendUnderTest, lacks } from './backendUnderTest.js'
import fc from 'fast-check'
import { compareArrays } from './compareArrays.js'
import { arbitraryKernel, type GeneratorOptions } from './generate/arbitraryKernel.js'
import { moderateData } from './testData.js'
import { extent, kernelPlan, outputSlots, runPlan } from './plans.js'
import { isExact, sensitivity } from './sensitivity.js'
import { EXACT } from './tolerances.js'

/** Random kernels by fast-check, in f32 and f64, exact and with transcendental functions. */
function generatedChecks(): Check<BackendUnderTest>[] {
  const cases: readonly GeneratorOptions[] = [
    { float: 'f32', approximate: false },
    { float: 'f32', approximate: true },
    { float: 'f64', approximate: false },
    { float: 'f64', approximate: true },
  ]
  return cases.map(
    (options): Check<BackendUnderTest> => ({
      group: 'generated kernels',
      name: `${options.float}${options.approximate ? ' with transcendental functions' : ''}`,
      skip: (s) => lacks(s, options.float, 'i32', 'u32', 'bool'),
      run: (tested) =>
        fc.assert(
          fc.asyncProperty(arbitraryKernel(options), async ({ kernel, key }) => {
            const plan = kernelPlan(kernel)
            const ins = kernel.loads.map((a, i) => moderateData(a.dtype, extent(a, kernel.space), key * 16 + i))
            const expected = await tested.expected(plan, ins)
            const actual = await runPlan(tested.backend, plan, ins)
            const exact = isExact(kernel) && !tested.contraction && tested.floats.denormals
            const allowed = exact ? null : await sensitivity(tested.expected, kernel, ins, expected)
            for (const [j, slot] of outputSlots(plan).entries())
              compareArrays(`output ${j}`, actual[j]!, expected[j]!, slot.dtype, allowed?.[j] ?? EXACT)
          }),
          { numRuns: tested.runs, seed: tested.key },
        ),
    }),
  )
}

/** All checks of a backend, as data; `describeBackend` registers them. */
export const backendChecks = (): Check<BackendUnderTest>[] => [
  ...memoryChecks(),
  ...malformedChecks(),
  ...operationChecks(),
  ...kernelChecks(),
  ...scanChecks(),
  ...routineChecks(),
  ...planChecks(),
  ...generatedChecks(),
  ...programChecks(),
  ...fieldDerivativeChecks(),
  ...layerChecks(),
  ...onlineChecks(),
]

/**
 * Tests a backend against the contract by comparison with the reference backend: every operation on every dtype over
 * special values, every kind of access, reduction and time loop, all routines, plans with loops and donation, random
 * kernels and whole random programs, derivatives of a field up to order 4, layers (convolution,
 * pooling, Fourier transforms, sums over edges, attention, …) with their derivatives; online learning by every rule;
 * malformed plans, buffers, error codes, counters, disposal, two backends at once. Dtypes that the capabilities of the
 * backend do not list are skipped.
 *
 * tolerances.ts holds the tolerances: arithmetic is exact, transcendental functions may differ by a few units in the
 * last place, sums by n ε Σ|x|.
 *
 * @param name shown in the report
 * @param make makes a new backend; it is called several times, and each backend is disposed
 * @param options `runs`: random cases of each kind (default 30); `key` of the generators (default 1); `contraction`:
 *   products and sums may be fused (default false); `signedZero`, `denormals`, `nonFinite`: the parts of IEEE 754 that
 *   are guaranteed (default all)
 * @example
 * describeBackend('reference', async () => referenceBackend())
 */
export function describeBackend(name: string, make: () => Promise<Backend>, options: BackendOptions = {}): void {
  describe(`backend ${name}`, async () => {
    const tested = await backendUnderTest(name, make, options)
    afterAll(async () => {
      await tested.backend[Symbol.asyncDispose]()
      await tested.reference[Symbol.asyncDispose]()
    })
    registerChecks(backendChecks(), tested)
  })
}
