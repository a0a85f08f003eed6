/** A convolution whose input is mostly zero adds what its nonzero elements give, in the order of the dense sums. */
import { type Tensor, concatenate, conv, full, jit, tensor } from '@spikeward/core'
import { describe, expect, test } from 'vitest'
import { native } from '../../src/index.js'
import { instructionSets, reason } from '../setup.js'

/** Numbers in [−1, 1), the same at every run; each is 0 but for a share of them. */
function numbers(count: number, share: number): Float32Array {
  let state = count
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 31 - 1
  return Float32Array.from({ length: count }, () => (next() + 1 < 2 * share ? next() : 0))
}

if (instructionSets.length === 0) test('a convolution of events', (context) => context.skip(reason))

describe.each(instructionSets)('%s: a convolution of events', (instructionSet) => {
  test.each([
    { input: [1, 256, 12], kernel: [5], out: 12 },
    { input: [3, 100, 1], kernel: [5], out: 12 },
    { input: [2, 70, 8], kernel: [5], out: 8 },
    { input: [2, 70, 8], kernel: [5], out: 1 },
    { input: [1, 20, 30, 3], kernel: [3, 3], out: 16 },
    { input: [2, 17, 19, 5], kernel: [3, 4], out: 40 },
  ])('gives the numbers of the dense sums: $input with kernels of $kernel to $out', async ({ input, kernel, out }) => {
    await using backend = await native({ instructionSet, threads: 1 })
    for (const dtype of ['f32', 'f64'] as const) {
      const on = (shape: readonly number[], share: number): Tensor =>
        tensor(
          numbers(
            shape.reduce((a, b) => a * b),
            share,
          ),
          { shape: [...shape], dtype, backend },
        )
      const weight = on([...kernel, input.at(-1)!, out], 1)
      for (const edges of ['zeros', 'circular'] as const)
        for (const share of [0, 0.03, 0.1]) {
          const x = on(input, share)
          const events = jit((v: Tensor, w: Tensor) => conv(v, w, { edges }))(x, weight)
          // Beside weights that are not finite a zero is no longer nothing, so that all sums are dense.
          const dense = jit((v: Tensor, w: Tensor) => {
            const rest = full([...w.shape.slice(0, -1), 1], Infinity, dtype)
            return conv(v, concatenate([w, rest], -1), { edges })
          })(x, weight)
          const found = Array.from(await events.data(), Number)
          const expected = Array.from(await dense.data(), Number).filter((_, i) => i % (out + 1) < out)
          expect(found.length).toBe(expected.length)
          expect(found.findIndex((v, i) => !Object.is(v, expected[i]))).toBe(-1)
        }
    }
  })
})
