import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tensor } from '@spikeward/core'
import { loihi2, runSigmaDelta } from '../../src/index.js'
import type { SigmaDeltaParameters } from '../../src/index.js'

const units = {
  vth: 3,
  bias: 0,
  activation: 'relu',
  unit: 'sigmaDelta',
  cumulativeError: false,
  spikeExp: 2,
  stateExp: 0,
  residueIn: 'state',
} as const satisfies SigmaDeltaParameters
const inputs = fc.array(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 3, maxLength: 3 }), {
  minLength: 1,
  maxLength: 20,
})

/** The running sums of a table along time. */
const sums = (rows: readonly (readonly number[])[]): number[][] =>
  rows.map((_, t) => rows[0]!.map((__, i) => rows.slice(0, t + 1).reduce((sum, row) => sum + row[i]!, 0)))

async function sentOf(p: SigmaDeltaParameters, rows: number[][]): Promise<number[][]> {
  const { sent } = runSigmaDelta(loihi2, p, tensor(rows, { dtype: 'i32' }))
  const flat = [...(await sent.data())].map(Number)
  return rows.map((_, t) => flat.slice(3 * t, 3 * t + 3))
}

test.each([
  ['state', 0],
  ['message', 4],
] as const)(
  'the messages add up to the value within the threshold, with the residue in the %s',
  async (residueIn, stateExp) => {
    const p = { ...units, residueIn, stateExp }
    const bound = p.vth * 2 ** (p.spikeExp + stateExp)
    await fc.assert(
      fc.asyncProperty(inputs, async (rows) => {
        const received = sums(await sentOf(p, rows))
        const values = sums(rows).map((row) => row.map((sigma) => Math.max(0, sigma)))
        values.forEach((row, t) =>
          row.forEach((value, i) => expect(Math.abs(value - received[t]![i]! * 2 ** stateExp)).toBeLessThan(bound)),
        )
      }),
      { numRuns: 40 },
    )
  },
)

test('a threshold of 1 without shifts sends every change', async () => {
  const rows = [
    [3, -2, 0],
    [1, 5, 0],
    [-4, 1, 0],
  ]
  const p = { ...units, vth: 1, spikeExp: 0, activation: 'unit' } as const
  expect(await sentOf(p, rows)).toEqual(rows)
})

test('a delta unit sends the change of its input', async () => {
  const p = { ...units, unit: 'delta', vth: 2, spikeExp: 0 } as const
  expect(
    await sentOf(p, [
      [5, 0, 0],
      [6, 0, 0],
      [8, -1, 0],
    ]),
  ).toEqual([
    [5, 0, 0],
    [0, 0, 0],
    [3, 0, 0],
  ])
})

test('a threshold that does not fit the state is refused', () => {
  const input = tensor([[1, 2, 3]], { dtype: 'i32' })
  expect(() => runSigmaDelta(loihi2, { ...units, vth: 2 ** 22 }, input)).toThrow('CHIP_RANGE')
  expect(() => runSigmaDelta(loihi2, { ...units, vth: 0 }, input)).toThrow('CHIP_RANGE')
})
