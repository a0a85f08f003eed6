import {
  add,
  arange,
  cast,
  equal,
  expandDims,
  greater,
  jit,
  less,
  mul,
  referenceBackend,
  sum,
  tensor,
  printProgram,
  trace,
} from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import { cpu } from '@spikeward/backend-cpu'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { largestOf } from '../../src/refinement/largestOf.js'

/** The same by comparing all pairs. */
function compared(values: Tensor, few: number): Tensor {
  const row = arange(values.shape[0]!, 'i32')
  const [own, other] = [expandDims(values, 1), expandDims(values, 0)]
  const ahead = add(
    cast(greater(other, own), 'i32'),
    mul(cast(equal(other, own), 'i32'), cast(less(expandDims(row, 0), expandDims(row, 1)), 'i32')),
  )
  const chosen = cast(equal(expandDims(arange(few, 'i32'), 1), expandDims(sum(ahead, 1), 0)), 'i32')
  return sum(mul(chosen, expandDims(row, 0)), 1)
}

const on = async (backend: Backend, of: typeof largestOf, values: readonly number[], few: number) => {
  const f = jit((x: Tensor) => of(x, few), { backend })
  const found = await f(tensor([...values])).data()
  f.dispose()
  return found
}

describe('largestOf', () => {
  it('gives the order of a comparison of all pairs, of equal values the first first', async () => {
    await using backend = referenceBackend()
    const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e30, max: 1e30, noNaN: true }))
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 40 }), fc.nat(), async (values, some) => {
        const few = 1 + (some % values.length)
        expect(await on(backend, largestOf, values, few)).toEqual(await on(backend, compared, values, few))
      }),
    )
  })

  it('divides nothing: WGSL may round the quotient of whole numbers below a whole one', () => {
    const { program } = trace((x: Tensor) => largestOf(x, 3), tensor([5, 1, 2, 3, 4]))
    expect(printProgram(program)).toMatch(/floor/)
    expect(printProgram(program)).not.toMatch(/\bdiv\b/)
  })

  it('gives the same of many values, on a backend that compiles', async () => {
    await using backend = await cpu({ threads: 1 })
    for (const n of [1600, 2048]) {
      const values = Array.from({ length: n }, (_, i) => Math.floor(500 * Math.sin(i * i)))
      expect(await on(backend, largestOf, values, 100)).toEqual(await on(backend, compared, values, 100))
    }
  })
})
