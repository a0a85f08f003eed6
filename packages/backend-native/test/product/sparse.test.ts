/**
 * A product whose left operand is mostly zero adds only the rows of its nonzero elements. Each instruction set finds
 * them with a mask of its own.
 */
import { describe, expect, test } from 'vitest'
import { native, type InstructionSet } from '../../src/index.js'
import { instructionSets, reason } from '../setup.js'
import { productPlan } from './productPlan.js'

type Dtype = 'f32' | 'f64'

// With fewer rows, a task has too few columns to look for zeros.
const [m, n, k] = [400, 40, 67]

/** Row i has elements at every seventh column from i on: each position of a vector occurs, and each sign. */
const left = (i: number, l: number): number => ((i + l) % 7 === 0 ? (((i * 5 + l * 3) % 9) - 4) / 2 || 1 : 0)
const right = (l: number, j: number): number => ((l * 13 + j * 7) % 31) - 15

async function multiply(instructionSet: InstructionSet, dtype: Dtype, turned: boolean, a: number[]): Promise<number[]> {
  const typed = (values: number[]) => (dtype === 'f32' ? Float32Array.from(values) : Float64Array.from(values))
  const b = Array.from({ length: k * n }, (_, e) => right(Math.floor(e / n), e % n))
  const laid = turned ? Array.from(a, (_, e) => a[(e % m) * k + Math.floor(e / m)]!) : a
  await using backend = await native({ instructionSet, threads: 1 })
  const bytes = dtype === 'f32' ? 4 : 8
  const [x, y, z] = [m * k, k * n, m * n].map((size) => backend.allocate(bytes * size))
  backend.write(x!, typed(laid))
  backend.write(y!, typed(b))
  backend.compile(productPlan({ m, n, k, turned }, dtype, false)).run([x!, y!], [z!])
  return Array.from(await backend.read(z!, dtype, m * n))
}

if (instructionSets.length === 0) test('a mostly zero left operand', (context) => context.skip(reason))

describe.each(instructionSets)('%s: a mostly zero left operand', (instructionSet) => {
  const a = Array.from({ length: m * k }, (_, e) => left(Math.floor(e / k), e % k))
  // Halves times whole numbers: the sums are exact in any order.
  const exact = Array.from({ length: m * n }, (_, e) => {
    const [i, j] = [Math.floor(e / n), e % n]
    let sum = 0
    for (let l = 0; l < k; l++) sum += left(i, l) * right(l, j)
    return sum
  })

  test.each([
    ['f32', false],
    ['f32', true],
    ['f64', false],
    ['f64', true],
  ] as const)('gives the exact product, %s, transposed %s', async (dtype, turned) => {
    const found = await multiply(instructionSet, dtype, turned, a)
    expect(found.findIndex((x, e) => x !== exact[e])).toBe(-1)
  })

  test.each(['f32', 'f64'] as const)('keeps an element that is no number, %s', async (dtype) => {
    for (const place of [3, 4, 8, 15, 66]) {
      const found = await multiply(instructionSet, dtype, false, a.with(5 * k + place, Number.NaN))
      expect(found.findIndex((x, e) => Number.isNaN(x) !== (Math.floor(e / n) === 5))).toBe(-1)
    }
  })
})
