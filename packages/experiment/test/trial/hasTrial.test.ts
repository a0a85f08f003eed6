import { expect, test } from 'vitest'
import { hasTrial } from '@spikeward/experiment'

test.each([
  ['own', 'data', null, 'branch,trunk', true],
  ['table', null, null, null, true],
  ['burgers', 'data', null, 'branch,trunk', false],
  ['own', 'physics', null, 'branch,trunk', false],
  // A search tried estimators on rollouts, which a training does not.
  ['own', 'data', 'rollout', 'branch,trunk', false],
  ['./heat.json', 'physics', null, 'branch,trunk', true],
  // There is nothing to choose: Gauss–Newton trains a dense network.
  ['./heat.json', 'physics', null, 'none', false],
  ['heat-1d', 'physics', null, 'branch,trunk', false],
])(
  'a trial chooses settings of %s with loss %s, task %s and spiking %s: %s',
  (problem, loss, task, spiking, expected) => expect(hasTrial({ problem, loss, task, spiking })).toBe(expected),
)
