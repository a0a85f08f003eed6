import { expect, test } from 'vitest'
import { hasTrial } from '@spikeward/experiment'

test.each([
  ['own', 'data', null, true],
  ['table', null, null, true],
  ['burgers', 'data', null, false],
  ['own', 'physics', null, false],
  // A search tried estimators on rollouts, which a training does not.
  ['own', 'data', 'rollout', false],
])('a trial chooses settings of %s with loss %s and task %s: %s', (problem, loss, task, expected) =>
  expect(hasTrial({ problem, loss, task })).toBe(expected),
)
