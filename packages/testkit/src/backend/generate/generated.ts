import fc from 'fast-check'
import type { Check } from '../../check.js'
import { compareArrays } from '../compareArrays.js'
import { arbitraryKernel, type GeneratorOptions } from './arbitraryKernel.js'
import { moderateData } from '../testData.js'
import { extent, kernelPlan, outputSlots, runPlan } from '../plans.js'
import { isExact, sensitivity } from '../sensitivity.js'
import { lacks, type BackendUnderTest } from '../backendUnderTest.js'
import { EXACT } from '../tolerances.js'

/** Random kernels by fast-check, in f32 and f64, exact and with transcendental functions. */
export function generatedChecks(): Check<BackendUnderTest>[] {
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
