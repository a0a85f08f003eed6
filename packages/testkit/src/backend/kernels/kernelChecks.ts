import { realFunctions, type Operation, type RealFunction } from '@spikeward/core/backend'
import { mixedChecks } from './mixedChecks.js'
import { reductionChecks } from './reductionChecks.js'
import { spaceChecks } from './spaceChecks.js'
import { strideChecks } from './strideChecks.js'
import { ensure, type Check } from '../../check.js'
import { access, kernel, kernelPlan, runPlan, store } from '../plans.js'
import { type BackendUnderTest, KERNELS, lacks, load } from '../backendUnderTest.js'

/**
 * Functions of an angle, each with numbers from above the largest whose error is bounded to 3·10³⁸, and their
 * negatives.
 */
const functionsOfAngles = Object.entries<Operation>(realFunctions).flatMap(([op, { error }]) => {
  const from = error?.largest
  if (from === undefined) return []
  const magnitudes = Array.from({ length: 69 }, (_, i) => 1.3 * from * 10 ** (i / 2))
  return [{ op: op as RealFunction, largeNumbers: magnitudes.flatMap((x) => [x, -x]) }]
})

/** Where the error of sin and cos is not bounded, their values are still between −1 and 1, and NaN for infinities. */
const angleChecks = (): Check<BackendUnderTest>[] =>
  (['f32', 'f64'] as const).flatMap((dtype) =>
    functionsOfAngles.map(
      ({ op, largeNumbers }): Check<BackendUnderTest> => ({
        group: KERNELS,
        name: `${op} of large numbers in ${dtype}: from -1 to 1`,
        skip: (s) => lacks(s, dtype) ?? (s.floats.nonFinite ? null : `${s.name} does not guarantee NaN for infinities`),
        async run({ backend }) {
          const x = (dtype === 'f64' ? Float64Array : Float32Array).from([...largeNumbers, Infinity, -Infinity])
          const k = kernel({
            space: [x.length],
            loads: [access(dtype, [1])],
            nodes: [load(0, dtype), { op, dtype, args: [0] }],
            stores: [store(dtype, [1], 1)],
          })
          const [y] = await runPlan(backend, kernelPlan(k), [x])
          x.forEach((at, i) => {
            const holds = Number.isFinite(at) ? Math.abs(y![i]!) <= 1 : Number.isNaN(y![i]!)
            ensure(holds, () => `${op} ${at} is ${y![i]!}`)
          })
        },
      }),
    ),
  )

/** Checks of single kernels: spaces, strides, reductions, mixtures of them, and angles of any size. */
export function kernelChecks(): Check<BackendUnderTest>[] {
  return [...spaceChecks(), ...strideChecks(), ...reductionChecks(), ...mixedChecks(), ...angleChecks()]
}
