/** Convolutions without a copy of their windows: of an input that is mostly zero, and of any input. */
import {
  type Tensor,
  abs,
  cast,
  concatenate,
  conv,
  full,
  jit,
  less,
  matmul,
  reshape,
  tensor,
  treeLeaves,
  vjp,
} from '@spikeward/core'
import { describe, expect, test } from 'vitest'
import { native } from '../../src/index.js'
import { instructionSets, reason } from '../setup.js'

/** Numbers in [−1, 1), the same at every run; each is 0 but for a share of them. */
function numbers(count: number, share: number): Float32Array {
  let state = count
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 31 - 1
  return Float32Array.from({ length: count }, () => (next() + 1 < 2 * share ? next() : 0))
}

if (instructionSets.length === 0) test('a convolution', (context) => context.skip(reason))

describe.each(instructionSets)('%s: a convolution', (instructionSet) => {
  test.each([
    { input: [1, 256, 12], kernel: [5], out: 12 },
    { input: [3, 100, 1], kernel: [5], out: 12 },
    { input: [2, 70, 8], kernel: [5], out: 8 },
    { input: [2, 70, 8], kernel: [5], out: 1 },
    { input: [1, 20, 30, 3], kernel: [3, 3], out: 16 },
    { input: [2, 17, 19, 5], kernel: [3, 4], out: 40 },
    { input: [8, 256, 16], kernel: [5], out: 16 },
    { input: [2, 40, 48, 12], kernel: [3, 3], out: 12 },
    { input: [1, 12, 14, 16, 6], kernel: [3, 3, 3], out: 8 },
  ])(
    'of events gives the numbers of the dense sums: $input with kernels of $kernel to $out',
    async ({ input, kernel, out }) => {
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
    },
  )

  test.each([
    { grid: [33, 40], inputs: 16, kernel: [3, 3], out: 16 },
    { grid: [5, 18], inputs: 24, kernel: [3, 2], out: 21 },
    { grid: [1, 1100], inputs: 4, kernel: [1, 5], out: 40 },
    { grid: [3, 29], inputs: 68, kernel: [1, 1], out: 19 },
    { grid: [40, 9], inputs: 6, kernel: [2, 3], out: 16 },
  ])(
    'of spikes adds in the order of a product with their rows: $grid × $inputs with kernels of $kernel to $out',
    async (one) => {
      const { grid, inputs, kernel, out } = one
      const [height, width] = grid as [number, number]
      const [up, across] = kernel as [number, number]
      const k = up * across * inputs
      await using backend = await native({ instructionSet, threads: 2 })
      const spiking = (x: Tensor): Tensor => cast(less(0, abs(x)), 'f32')
      const w = tensor(numbers(k * out, 1), { shape: [k, out], backend })
      for (const share of [0.02, 0.4]) {
        const x = numbers(2 * height * width * inputs, share)
        const rows = Array.from({ length: 2 * height * width }, (_, row) =>
          Array.from({ length: up * across }, (_, cell) => {
            const [i, j] = [Math.floor(cell / across) - ((up - 1) >> 1), (cell % across) - ((across - 1) >> 1)]
            const [y, at] = [(Math.floor(row / width) % height) + i, (row % width) + j]
            const isInside = y >= 0 && y < height && at >= 0 && at < width
            const from = (row + i * width + j) * inputs
            return isInside ? [...x.subarray(from, from + inputs)] : new Array<number>(inputs).fill(0)
          }).flat(),
        ).flat()
        const expected = jit((a: Tensor, b: Tensor) => matmul(spiking(a), b))(
          tensor(rows, { shape: [2 * height * width, k], backend }),
          w,
        )
        const found = jit((a: Tensor, b: Tensor) => conv(spiking(a), reshape(b, [up, across, inputs, out])))(
          tensor(x, { shape: [2, height, width, inputs], backend }),
          w,
        )
        expect(Array.from(await found.data())).toEqual(Array.from(await expected.data()))
      }
    },
  )

  test.each([
    { input: [2, 30, 40, 16], kernel: [3, 3], out: 16, stride: 1 },
    { input: [2, 41, 61, 8], kernel: [3, 4], out: 20, stride: 2 },
    { input: [1, 2100, 24], kernel: [5], out: 40, stride: 1 },
    { input: [3, 50, 20, 3], kernel: [5, 5], out: 9, stride: 1 },
  ])('and its cotangents are exact for whole numbers: $input with kernels of $kernel to $out', async (one) => {
    const { input, kernel, out, stride } = one
    await using backend = await native({ instructionSet, threads: 1 })
    for (const dtype of ['f32', 'f64'] as const) {
      const weights = [...kernel, input.at(-1)!, out]
      const result = [input[0]!, ...input.slice(1, -1).map((n) => Math.ceil(n / stride)), out]
      const operands = [input, weights, result].map((shape) => {
        const values = numbers(
          shape.reduce((a, b) => a * b),
          1,
        )
        return { values: values.map((v) => Math.round(4 * v)), options: { shape: [...shape], dtype } }
      })
      const all = (x: Tensor, w: Tensor, ct: Tensor): Tensor[] => {
        const [y, back] = vjp((v: Tensor, a: Tensor) => conv(v, a, { stride }), x, w)
        return [y, ...treeLeaves(back(ct))]
      }
      const on = (at: object): [Tensor, Tensor, Tensor] => {
        const [x, w, ct] = operands.map(({ values, options }) => tensor(values, { ...options, ...at }))
        return [x!, w!, ct!]
      }
      const expected = all(...on({}))
      for (const [i, y] of jit(all)(...on({ backend })).entries())
        expect(Array.from(await y.data())).toEqual(Array.from(await expected[i]!.data()))
    }
  })
})
