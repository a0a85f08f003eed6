/** Functions on sensors and points of their own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { encodeNpy, loadData } from '@spikeward/problems/node'
import { alignOnLine } from '../../src/interpolation/alignOnLine.js'
import { codeOf } from '../support/support.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-unaligned-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const array = (name: string, rows: readonly (readonly number[])[]) => ({
  name,
  shape: [rows.length, rows[0]!.length],
  data: Float64Array.from(rows.flat()),
})

describe('alignOnLine', () => {
  test('is exact for straight lines, whatever their points and the order of them', () => {
    const points = fc.uniqueArray(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(points, fc.double({ min: -3, max: 3, noNaN: true }), (inner, slope) => {
        const x = [1, ...inner, 0]
        const { values, points: common } = alignOnLine(array('f', [x.map((v) => slope * v + 1)]), array('s', [x]), 7)
        return common.every((v, k) => Math.abs(values.data[k]! - (slope * v + 1)) < 1e-9)
      }),
    )
  })

  test('takes any number of functions', () => {
    const functions = 200_000
    const both = (name: string) => ({
      name,
      shape: [functions, 2],
      data: Float64Array.from({ length: 2 * functions }, (_, i) => i % 2),
    })
    expect([...alignOnLine(both('f'), both('s')).points]).toEqual([0, 1])
  })

  test('takes the interval that all functions cover, and leaves padding out', () => {
    const s = array('s', [
      [0, 0.5, 1, NaN],
      [0.2, 0.4, 0.6, 0.8],
    ])
    const f = array('f', [
      [0, 0.5, 1, NaN],
      [0.4, 0.8, 1.2, 1.6],
    ])
    const { values, points } = alignOnLine(f, s, 4)
    expect([...points].map((x) => Number(x.toFixed(6)))).toEqual([0.2, 0.4, 0.6, 0.8])
    expect(values.shape).toEqual([2, 4])
    expect([...values.data].map((x) => Number(x.toFixed(6)))).toEqual([0.2, 0.4, 0.6, 0.8, 0.4, 0.8, 1.2, 1.6])
    // Without a count: the median of 3 and 4.
    expect(alignOnLine(f, s).points).toHaveLength(4)
  })

  test.each([
    [
      'no common interval',
      [[0, 1]],
      [
        [0, 1],
        [2, 3],
      ],
      /an interval that all functions cover/,
    ],
    ['a single point', [[0, NaN]], [[0, NaN]], /at least two points/],
    ['a coordinate without a value', [[0, NaN]], [[0, 1]], /a number of "f" for every coordinate/],
  ] as const)('refuses %s', (_, f, s, message) => {
    const rows = s.length === f.length ? f : [f[0], f[0]]
    expect(() => alignOnLine(array('f', rows), array('s', s))).toThrow(message)
  })

  test('takes given points in any order, and refuses those that are not covered, not finite or no array of doubles', () => {
    const [f, s] = [array('f', [[0, 2]]), array('s', [[0, 1]])]
    const on = (common: unknown) => () => alignOnLine(f, s, common as Float64Array)
    expect([...on(Float64Array.of(0.75, 0.25, 0.5))().values.data]).toEqual([1.5, 0.5, 1])
    // The ends are covered, and points between them are not.
    expect(on(Float64Array.of(0.2, 9, -9, 0.8))).toThrow(/cover \[-9, 9\].*\[DATA_SHAPE\]/)
    expect(on(Float64Array.of(0, NaN, 1))).toThrow(/holds NaN at \[1\].*\[DATA_NOT_FINITE\]/)
    for (const wrong of [[0, 1], Float32Array.of(0, 1), new Float64Array(0), NaN, 2.5, 1, null])
      expect(codeOf(on(wrong))).toBe('INVALID_OPTION')
  })

  test('refuses arrays of two shapes', () => {
    expect(() => alignOnLine(array('f', [[0, 1]]), array('s', [[0, 1, 2]]))).toThrow(/both \[functions × points\]/)
  })
})

describe('loadData', () => {
  /** Twenty parabolas a x², each on 30 random sensors, and their doubles on 40 random points. */
  function write(): string {
    let state = 1
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
    const own = (n: number): number[] => [0, 1, ...Array.from({ length: n - 2 }, random)]
    const s = Array.from({ length: 20 }, () => own(30))
    const y = Array.from({ length: 20 }, () => own(40))
    const save = (name: string, rows: number[][]): void =>
      writeFileSync(
        join(folder, `${name}.npy`),
        encodeNpy({ shape: [20, rows[0]!.length], data: Float64Array.from(rows.flat()) }),
      )
    save('s', s)
    save('y', y)
    save(
      'f',
      s.map((row, i) => row.map((x) => (i + 1) * x * x)),
    )
    save(
      'u',
      y.map((row, i) => row.map((x) => 2 * (i + 1) * x * x)),
    )
    return join(folder, 'f.npy')
  }

  test('reads functions on sensors and points of their own', async () => {
    const problem = await loadData(write(), {
      inputs: 'f@s.npy#s:25',
      outputs: 'u.npy#u@y.npy#y',
      split: { validation: 0, test: 1 },
    })
    expect(problem.sensors.count).toBe(25)
    expect(problem.at).toMatchObject({ kind: 'grid' })
    const { count, sensors, values } = await problem.data('test')
    expect(count).toBe(20)
    const points = values.length / count
    expect(points).toBe(40)
    for (let i = 0; i < count; i++) {
      const a = sensors[i * 25 + 24]!
      // The interpolation is linear: its error is at most a h², h the widest gap.
      for (let k = 0; k < 25; k++) expect(Math.abs(sensors[i * 25 + k]! - a * (k / 24) ** 2)).toBeLessThan(a * 0.05)
      for (let k = 0; k < points; k++) {
        expect(Math.abs(values[i * points + k]! - 2 * a * (k / (points - 1)) ** 2)).toBeLessThan(2 * a * 0.05)
      }
    }
  })

  test('puts further functions on given sensors, in place of common ones', async () => {
    const names = { inputs: 'f@s.npy#s', outputs: 'u.npy#u@y.npy#y', split: { validation: 0, test: 1 } }
    const sensors = Float64Array.of(0.25, 0.5)
    const problem = await loadData(write(), { ...names, sensors })
    expect(problem.sensors).toMatchObject({ x: sensors, count: 2 })
    const whole = await loadData(write(), { ...names, inputs: 'f@s.npy#s:5' })
    expect(Array.from(whole.sensors.x)).toEqual([0, 0.25, 0.5, 0.75, 1])
    const [few, five] = [(await problem.data('test')).sensors, (await whole.data('test')).sensors]
    expect([few[0], few[1]]).toEqual([five[1], five[2]])
    await expect(loadData(write(), { ...names, sensors: Float64Array.of(0, 2) })).rejects.toThrow(/cover \[0, 2\]/)
  })

  test('refuses sensors that would be ignored, or that another number contradicts', async () => {
    const outputs = 'u.npy#u@y.npy#y'
    const sensors = Float64Array.of(0.25, 0.5)
    await expect(loadData(write(), { inputs: 'f', outputs, sensors })).rejects.toThrow(/no input names.*INVALID_OPTION/)
    await expect(loadData(write(), { inputs: 'f@s.npy#s:50', outputs, sensors })).rejects.toThrow(
      /number after the colon.*INVALID_OPTION/,
    )
  })

  test('reads points of two coordinates that form no grid', async () => {
    const at = Float64Array.from({ length: 14 }, (_, i) => ((i * 37) % 14) / 14)
    writeFileSync(join(folder, 'at.npy'), encodeNpy({ shape: [7, 2], data: at }))
    writeFileSync(
      join(folder, 'v.npy'),
      encodeNpy({ shape: [20, 7], data: Float64Array.from({ length: 140 }, (_, i) => i) }),
    )
    const problem = await loadData(write(), { inputs: 'f', outputs: 'v.npy#v', coords: 'at.npy#at' })
    expect(problem.at).toEqual({ kind: 'points', x: at, axes: 2 })
  })

  test('refuses common and own points of one solution', async () => {
    await expect(loadData(write(), { inputs: 'f', outputs: 'u.npy#u@y.npy#y', coords: 'y.npy#y' })).rejects.toThrow(
      /leave one of them out/,
    )
  })
})
