import { referenceBackend } from '@spikeward/core'
import { expect, test } from 'vitest'
import { compileMalformed } from '../src/backend/malformed.js'

// The contract makes the same calls on every other backend.
test('each malformed call of compile on the reference backend gives a code, or is a plan after all', ({ task }) => {
  const { calls, refused, raw } = compileMalformed(referenceBackend())
  expect(raw).toEqual([])
  expect(refused).toBeGreaterThan(calls / 2)
  Object.assign(task.meta, { figures: { 'malformed calls of `compile`': calls } })
})
