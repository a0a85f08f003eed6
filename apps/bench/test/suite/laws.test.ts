import { describe, expect, test } from 'vitest'
import { powerLaw } from '../../src/laws/powerLaw.js'
import { benchJson } from '../support/fakeIo.js'

describe('powerLaw', () => {
  test('finds the law that made the points', () => {
    const law = powerLaw([1, 3, 10, 200].map((x) => ({ x, y: 2.5 * x ** -0.7 })))!
    expect(law.a).toBeCloseTo(2.5, 10)
    expect(law.b).toBeCloseTo(-0.7, 10)
    expect(law.r2).toBeCloseTo(1, 10)
  })

  test('explains nothing of points without a trend, and fits no law to two', () => {
    const law = powerLaw([1, 10, 100].map((x, i) => ({ x, y: i === 1 ? 2 : 1 })))!
    expect(law.b).toBeCloseTo(0, 10)
    expect(law.r2).toBeCloseTo(0, 10)
    expect(powerLaw([1, 1, 2].map((x) => ({ x, y: 1 })))).toBeNull()
  })
})

const rowsOf = async (...line: readonly string[]) => {
  return (
    (await benchJson('laws', '--quick', '--backend', 'cpu', '--json', ...line)) as {
      rows: { parameters: number; hidden: number[] }[]
    }
  ).rows
}

test('laws varies the number of layers, keeps their width, and counts weights and biases', async () => {
  const rows = await rowsOf('--axis', 'depth', '--values', '1,2', '--width', '2')
  expect(rows.map((r) => r.hidden)).toEqual([[2], [2, 2]])
  // (2 + 1) 2 + (2 + 1), and one layer of (2 + 1) 2 more
  expect(rows.map((r) => r.parameters)).toEqual([9, 15])
})
