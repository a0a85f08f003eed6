import { expect, test } from 'vitest'
import { benchJson } from './support/fakeIo.js'

test('directions one at a time take the same memory for any number of them, and one program more for each', async () => {
  const { rows } = (await benchJson('directions', '--quick', '--counts', '2,8', '--steps', '1', '--json')) as {
    rows: { way: string; directions: number; peakBytes: number; parameters: number; loss: number }[]
  }
  const peak = (way: string, k: number): number =>
    rows.find((r) => r.way === way && r.directions === k)!.peakBytes / (4 * rows[0]!.parameters)
  // In units of the parameters: eight directions instead of two.
  expect(peak('one program', 8) - peak('one program', 2)).toBeGreaterThan(6)
  expect(peak('one at a time', 8) - peak('one at a time', 2)).toBeLessThan(0.5)
})
