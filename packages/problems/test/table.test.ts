/** Tables of points: how rows are split, what is refused, and reading them from files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SpikewardError, key, uniform } from '@spikeward/core'
import { describeProblem } from '@spikeward/testkit'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { type NamedArray, dataProblem, tableProblem } from '../src/index.js'
import { encodeNpy, loadTable } from '../src/node.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-table-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SETS = ['train', 'validation', 'test'] as const
const column = (name: string, values: readonly number[]): NamedArray => ({
  name,
  shape: [values.length],
  data: Float64Array.from(values),
})
const codeOf = async (made: Promise<unknown>): Promise<string> =>
  made.then(
    () => 'nothing thrown',
    (error: unknown) => (error instanceof SpikewardError ? error.code : 'another error'),
  )

const line = await tableProblem({
  name: 'line',
  inputs: column(
    'x',
    Array.from({ length: 40 }, (_, i) => i / 7),
  ),
  outputs: { name: 'y', shape: [40, 2], data: Float64Array.from({ length: 80 }, (_, i) => i) },
})
describeProblem(() => line)

describe('tableProblem', () => {
  test.each<[string, unknown, RegExp]>([
    ['plain lists', [[1], [2]], /inputs as a named array.*Float64Array\.from.*found: \[.*DATA_SHAPE/],
    ['a list in place of numbers', { ...column('x', [1, 2]), data: [1, 2] }, /named array.*DATA_SHAPE/],
    [
      'fewer numbers than the shape',
      { ...column('x', [1, 2]), shape: [2, 2] },
      /4 numbers, as "x" is \[2 × 2\].*found: 2/,
    ],
    ['nothing', undefined, /inputs as a named array.*found: undefined/],
  ])('refuses %s', async (_, inputs, message) => {
    const options = { name: 'wrong', inputs: inputs as NamedArray, outputs: column('y', [1, 2]) }
    await expect(tableProblem(options)).rejects.toThrow(message)
    expect(() => dataProblem(options)).toThrow(message)
  })

  test('splits at random what was drawn with the same key', async () => {
    for (const n of [1, 2, 3]) {
      const x = await uniform(key(n), [300], { dtype: 'f64' }).data()
      const made = await tableProblem({ name: 't', inputs: column('x', [...x]), outputs: column('y', [...x]), key: n })
      const means = SETS.map((set) => {
        const values = made.points(set).x
        return values.reduce((sum, value) => sum + value, 0) / values.length
      })
      for (const mean of means) expect(Math.abs(mean - 0.5)).toBeLessThan(0.2)
    }
  })

  test('keeps every row with its outputs, in one set, for any key and repeated inputs', async () => {
    const xs = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 60, maxLength: 90 })
    await fc.assert(
      fc.asyncProperty(xs, fc.integer({ min: 0, max: 1000 }), async (x, key) => {
        const made = await tableProblem({
          name: 't',
          inputs: column('x', x),
          outputs: column('row', [...x.keys()]),
          key,
          split: { validation: 0.3, test: 0.3 },
        })
        const sets = SETS.map((set) => made.points(set))
        const rows = sets.flatMap(({ y }) => [...y])
        expect(rows.toSorted((a, b) => a - b)).toEqual([...x.keys()])
        for (const set of sets) expect([...set.x]).toEqual([...set.y].map((row) => x[row]))
        const points = sets.flatMap((set) => [...new Set(set.x)])
        expect(new Set(points).size).toBe(points.length)
      }),
      { numRuns: 30 },
    )
  })

  test('takes any number of rows with equal inputs', async () => {
    const rows = 200_000
    const one = column('x', new Array<number>(rows).fill(1))
    const problem = await tableProblem({ name: 'equal', inputs: one, outputs: one })
    expect(SETS.map((set) => problem.points(set).count).sort((a, b) => a - b)).toEqual([0, 0, rows])
  })

  test('splits by a column', async () => {
    const made = await tableProblem({
      name: 't',
      inputs: column('x', [5, 6, 7, 8]),
      outputs: column('y', [50, 60, 70, 80]),
      split: column('set', [2, 0, 1, 0]),
    })
    expect(SETS.map((set) => [...made.points(set).y])).toEqual([[60, 80], [70], [50]])
    expect(made.domain).toEqual([[5, 8]])
  })

  test('gives a constant input a range, so that it can be scaled', async () => {
    const inputs = { name: 'x', shape: [10, 2], data: Float64Array.from({ length: 20 }, (_, i) => (i % 2 ? 3 : i)) }
    const outputs = column('y', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect((await tableProblem({ name: 't', inputs, outputs })).domain).toEqual([
      [0, 18],
      [2.5, 3.5],
    ])
  })

  test('refuses arrays that do not fit, with a code', async () => {
    const x = column('x', [1, 2, 3, 3])
    const y = column('y', [1, 2, 3, 4])
    const of = (over: object) => codeOf(tableProblem({ name: 't', inputs: x, outputs: y, ...over }))
    expect(await of({ outputs: column('y', [1, 2]) })).toBe('DATA_SHAPE')
    expect(await of({ inputs: { ...x, shape: [2, 2, 1] } })).toBe('DATA_SHAPE')
    expect(await of({ outputs: column('y', [1, NaN, 3, 4]) })).toBe('DATA_NOT_FINITE')
    expect(await of({ split: column('set', [0, 1, 2, 3]) })).toBe('INVALID_OPTION')
    expect(await of({ split: column('set', [0, 1, 2, 0]) })).toBe('SPLITS_OVERLAP')
    expect(await of({ split: { validation: 0.9, test: 0.9 } })).toBe('INVALID_OPTION')
  })
})

describe('loadTable', () => {
  test('reads columns of a CSV file as a range or a list, and a split column', async () => {
    const path = join(folder, 'points.csv')
    writeFileSync(path, 'a,b,c,y,set\n1,2,3,10,0\n4,5,6,20,1\n7,8,9,30,2\n')
    const ranged = await loadTable(path, { inputs: 'a:c', outputs: 'y', split: 'set' })
    expect([...ranged.points('train').x, ...ranged.points('test').x]).toEqual([1, 2, 3, 7, 8, 9])
    const listed = await loadTable(path, { inputs: 'c, a', outputs: 'y,b', split: 'set' })
    expect([[...listed.points('validation').x], [...listed.points('validation').y]]).toEqual([
      [6, 4],
      [20, 5],
    ])
    expect(await codeOf(loadTable(path, { inputs: 'a:z', outputs: 'y' }))).toBe('DATA_NAME_UNKNOWN')
  })

  test('puts arrays of other files side by side', async () => {
    writeFileSync(join(folder, 'u.npy'), encodeNpy({ shape: [3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6) }))
    writeFileSync(join(folder, 'v.npy'), encodeNpy({ shape: [3], data: Float64Array.of(7, 8, 9) }))
    writeFileSync(join(folder, 'w.npy'), encodeNpy({ shape: [2], data: Float64Array.of(0, 1) }))
    const split = { validation: 1 / 3, test: 1 / 3 }
    const made = await loadTable(join(folder, 'u.npy'), { inputs: 'u,v.npy#v', outputs: 'v.npy#v', split })
    const rows = SETS.flatMap((set) => [[...made.points(set).x, ...made.points(set).y]])
    expect(rows.toSorted((a, b) => a[0]! - b[0]!)).toEqual([
      [1, 2, 7, 7],
      [3, 4, 8, 8],
      [5, 6, 9, 9],
    ])
    expect(await codeOf(loadTable(join(folder, 'u.npy'), { inputs: 'u,w.npy#w', outputs: 'u' }))).toBe('DATA_SHAPE')
  })
})
