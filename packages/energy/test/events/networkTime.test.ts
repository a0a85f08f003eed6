import { expect, test } from 'vitest'
import { loihi1Times, networkTime } from '../../src/index.js'

const layer = { inputs: 100, outputs: 50, weights: 40, messages: 30, operations: 240 }

test('the time of a run adds the steps of its layers and the work of their cores', () => {
  const { operations, activeUpdates, silentUpdates, steps } = loihi1Times.nanoseconds
  const work = 240 * operations + 30 * activeUpdates + 170 * silentUpdates
  expect(networkTime([{ ...layer, cores: 1 }], 2, loihi1Times)).toBeCloseTo(2 * steps + work, 9)
  expect(networkTime([{ ...layer, cores: 4 }], 2, loihi1Times)).toBeCloseTo(2 * steps + work / 4, 9)
  const both = [layer, layer].map((one) => ({ ...one, cores: 2 }))
  expect(networkTime(both, 2, loihi1Times)).toBeCloseTo(2 * (2 * steps + work / 2), 9)
})
