/** With `operands` large dense products round their operands, and nothing else. */
import { type Key, type Tensor, cast, greater, jit, key, matmul, normal, tensor, transpose } from '@spikeward/core'
import { describe, expect, test } from 'vitest'
import { operandTypes } from '../../src/addon.js'
import { type NativeOptions, native } from '../../src/index.js'
import { instructionSets, reason } from '../setup.js'

if (instructionSets.length === 0) test('products of rounded operands', (context) => context.skip(reason))

/** The nearest number of eight bits, ties to even. */
function rounded(x: number): number {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 7)
  const [whole, rest] = [Math.floor(x / unit), x / unit - Math.floor(x / unit)]
  return x === 0 ? 0 : (rest > 0.5 || (rest === 0.5 && whole % 2 !== 0) ? whole + 1 : whole) * unit
}

type Found = { readonly values: Float32Array; readonly source: string }

/** A product of `rows` × `terms` with `terms` × `columns`, each operand perhaps a transposed matrix. */
async function productOf(
  [rows, terms, columns]: readonly number[],
  [left, right]: readonly boolean[],
  options: NativeOptions,
  ...matrices: readonly Float32Array[]
): Promise<Found & { readonly a: Float32Array; readonly b: Float32Array }> {
  await using backend = await native({ threads: 1, ...options })
  const [forA, forB] = key(4, { backend }).split(2)
  const operand = (of: Key, shape: number[], values?: Float32Array): Tensor =>
    values === undefined ? normal(of, shape) : tensor(values, { shape, backend })
  const a = operand(forA!, [rows!, terms!], matrices[0])
  const b = operand(forB!, [terms!, columns!], matrices[1])
  const f = jit((x: Tensor, y: Tensor) => matmul(left === true ? transpose(x) : x, right === true ? transpose(y) : y))
  const args = [left === true ? transpose(a) : a, right === true ? transpose(b) : b] as const
  const read = async (t: Tensor): Promise<Float32Array> => (await t.data()) as Float32Array
  const { source } = f.inspect(...args).executable
  return { values: await read(f(...args)), source, a: await read(a), b: await read(b) }
}

const shapes = [
  [70, 40, 65],
  [130, 601, 33],
  [12, 513, 100],
]
const forms = [
  [false, false],
  [true, false],
  [false, true],
]

describe.each(instructionSets)('%s: products of bf16', (instructionSet) => {
  test.each(shapes.flatMap((shape) => forms.map((form) => [shape, form] as const)))(
    'are those of rounded operands, summed in f32: %j, transposed %j',
    async (shape, form) => {
      const { values, source, a, b } = await productOf(shape, form, { instructionSet, operands: 'bf16' })
      expect(source).toContain('of bf16')
      const [rows, terms, columns] = shape as [number, number, number]
      for (let i = 0; i < rows * columns; i += 37) {
        const [row, column] = [Math.floor(i / columns), i % columns]
        let [sum, size, exact] = [0, 0, 0]
        for (let l = 0; l < terms; l++) {
          const [x, y] = [a[row * terms + l]!, b[l * columns + column]!]
          sum += rounded(x) * rounded(y)
          exact += x * y
          size += Math.abs(x * y)
        }
        expect(Math.abs(values[i]! - sum)).toBeLessThan(1e-6 * size)
        expect(Math.abs(values[i]! - exact)).toBeLessThan(2 ** -7 * size)
      }
      // Two terms at a time, in the order of the instruction: every instruction set gives the same bits.
      const emulated = await productOf(shape, form, { instructionSet: 'portable', operands: 'bf16' })
      expect(values).toEqual(emulated.values)
    },
  )

  test('keep infinity and NaN', async () => {
    const first = Float32Array.from({ length: 70 * 40 }, (_, i) => (i === 0 ? Infinity : i === 40 ? NaN : 1))
    const { values } = await productOf([70, 40, 65], [], { instructionSet, operands: 'bf16' }, first)
    expect(Math.abs(values[0]!)).toBe(Infinity)
    expect(values[65]).toBeNaN()
    expect(values.slice(130).every(Number.isFinite)).toBe(true)
  })

  test('leave those of spikes in f32', async () => {
    const results = await Promise.all(
      operandTypes.map(async (operands) => {
        await using backend = await native({ instructionSet, threads: 1, operands })
        const [a, b] = key(4, { backend }).split(2)
        const f = jit((x: Tensor, y: Tensor) => matmul(cast(greater(x, 0), 'f32'), y))
        return f(normal(a!, [70, 40]), normal(b!, [40, 65])).data()
      }),
    )
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
  })
})

/** Numbers as multiples of 1/127 of the largest magnitude of their block of 256, and that magnitude for each. */
function rounded8(x: readonly number[]): { readonly values: number[]; readonly most: number[] } {
  const most = x.map((_, l) => Math.max(...x.slice(l - (l % 256), l - (l % 256) + 256).map(Math.abs)))
  return { values: x.map((v, l) => (Math.round((v / most[l]!) * 127) / 127) * most[l]!), most }
}

describe.each(instructionSets)('%s: products of int8', (instructionSet) => {
  test.each(shapes.flatMap((shape) => forms.map((form) => [shape, form] as const)))(
    'are those of rounded operands, and the same bits everywhere: %j, transposed %j',
    async (shape, form) => {
      const { values, source, a, b } = await productOf(shape, form, { instructionSet, operands: 'int8' })
      expect(source).toContain('of int8')
      const [rows, terms, columns] = shape as [number, number, number]
      for (let i = 0; i < rows * columns; i += 97) {
        const [row, column] = [Math.floor(i / columns), i % columns]
        const left = [...a.subarray(row * terms, (row + 1) * terms)]
        const right = Array.from({ length: terms }, (_, l) => b[l * columns + column]!)
        const [x, y] = [rounded8(left), rounded8(right)]
        let [sum, exact, bound, tie] = [0, 0, 0, 0]
        for (let l = 0; l < terms; l++) {
          const [alpha, beta] = [x.most[l]!, y.most[l]!]
          sum += x.values[l]! * y.values[l]!
          exact += left[l]! * right[l]!
          bound += (alpha * Math.abs(right[l]!) + beta * Math.abs(left[l]!) + (alpha * beta) / 254) / 254
          tie = Math.max(tie, (alpha * beta) / 127)
        }
        // A number between two that are equally near may be rounded to either by the last bit of its quotient.
        expect(Math.abs(values[i]! - sum)).toBeLessThan(1e-6 * bound + tie)
        expect(Math.abs(values[i]! - exact)).toBeLessThan(bound)
      }
      const emulated = await productOf(shape, form, { instructionSet: 'portable', operands: 'int8' }, a, b)
      expect(values).toEqual(emulated.values)
    },
  )

  test('are NaN for infinity and NaN, and 0 for a row of zeros', async () => {
    const special = [Infinity, NaN, 0]
    const first = Float32Array.from({ length: 70 * 40 }, (_, i) => special[Math.floor(i / 40)] ?? 1)
    const { values } = await productOf([70, 40, 65], [], { instructionSet, operands: 'int8' }, first)
    expect(values.slice(0, 130).every(Number.isNaN)).toBe(true)
    expect(values.slice(130, 195).every((x) => x === 0)).toBe(true)
    expect(values.slice(195).every(Number.isFinite)).toBe(true)
  })
})
