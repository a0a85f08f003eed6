import { expect, test } from 'vitest'
import { isUnexplained } from '../../src/faults/measureFaults.js'
import type { FaultsResult, QueueFault } from '../../src/faults/measureFaults.js'

const queue = (counts: Partial<QueueFault>): FaultsResult => {
  const clean = { what: 'killed workers', tries: 2, trials: 60, lost: 0, twice: 0, again: 3, seconds: [1, 2] }
  return {
    queue: [
      { ...clean, what: 'full memory', again: 0 },
      { ...clean, ...counts },
    ],
  }
}
const ranks = (told: number, sameBits: number): FaultsResult => ({
  ranks: { tries: 2, told, sameBits, others: [], seconds: [1, 2] },
})

test.each([queue({}), ranks(2, 2)])('tests that failed although their counts are clean are not stored: %j', (found) => {
  expect(isUnexplained('the tests ended with 1', found)).toBe(true)
  expect(isUnexplained(null, found)).toBe(false)
})

test.each([queue({ lost: 1 }), queue({ twice: 1 }), ranks(1, 2), ranks(2, 1)])(
  'a fault that was counted explains that they failed: %j',
  (found) => {
    expect(isUnexplained('the tests ended with 1', found)).toBe(false)
  },
)
