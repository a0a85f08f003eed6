import { expect, test } from 'vitest'
import type { Ledger } from '@spikeward/energy'
import { energy } from '../../src/energy/energyBenchmark.js'
import type { AnyRun } from '../../src/run/run.js'
import { benchJson } from '../support/fakeIo.js'

test('energy counts a step of each estimator, and leaves a target that is not reached open', async () => {
  const run = (await benchJson('energy', '--quick', '--backend', 'cpu', '--json')) as AnyRun & {
    readonly rows: readonly {
      readonly estimator: string
      readonly ledger: Ledger
      readonly steps: readonly (number | null)[]
    }[]
  }
  const { rows } = run
  expect(rows.map((r) => r.estimator)).toEqual(['bp', 'rfg'])
  // Back-propagation draws only its mini-batch; a random direction has a number for every parameter.
  const [bp, rfg] = rows.map((r) => r.ledger)
  expect(rfg!.draws.random).toBeGreaterThan(bp!.draws.random)
  expect(bp!.forward.decisions).toBe(4 * 4 * 3)
  // Two steps reach no target.
  expect(rows.map(({ steps }) => steps)).toEqual([[null], [null]])
  // A run that was stored before there were trials does not claim them.
  const { trials: _, ...old } = rows[1] as (typeof rows)[number] & { readonly trials: unknown }
  const untried: AnyRun & { readonly rows: unknown } = { ...run, rows: [rows[0], old] }
  expect(energy.tables(run)[1]!.note).toContain('were tried with another key: bp 0.009')
  expect(energy.tables(untried)[1]!.note).toContain('were not tuned')
  // The note tells which rates are at an end of the trials, and with how many keys.
  const note = (learningRate: number, trials: readonly object[]): string => {
    const changed: AnyRun & { readonly rows: unknown } = { ...run, rows: [{ ...rows[0], learningRate, trials }] }
    return energy.tables(changed)[1]!.note!
  }
  const tried = [
    { learningRate: 1, key: 1, steps: 300 },
    { learningRate: 2, key: 1, steps: 100 },
    { learningRate: 4, key: 1, steps: null },
  ]
  expect(note(2, tried)).toContain('tried with another key: bp 1.00 (300), 2.00 (100), 4.00 (missed).')
  expect(note(2, tried)).not.toContain('At an end')
  expect(note(1, tried)).toContain('may take fewer steps: bp (smallest).')
  expect(note(4, [...tried, { learningRate: 4, key: 2, steps: 90 }])).toMatch(
    /with other keys: .*fewer steps: bp \(largest\)\./,
  )
  // No rate reached the target: none is better than another.
  expect(note(1, [{ learningRate: 1, key: 1, steps: null }])).not.toContain('At an end')
})
