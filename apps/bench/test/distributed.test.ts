import { expect, test } from 'vitest'
import { referenceBackend } from '@spikeward/core'
import { single, threadGroup, threads } from '@spikeward/distributed'
import {
  directionsMessage,
  fitParts,
  gradientMessage,
  messageTime,
  predictOversubscribed,
  predictStep,
} from '../src/distributed/costModel.js'
import { timeRank } from '../src/distributed/timeRank.js'
import type { RankWork } from '../src/distributed/timeRank.js'
import { standard } from '../src/step/stepSettings.js'

const step = { ...standard, widths: [2, 5, 4, 1], time: 3, batch: 16, directions: 4 }
const work: RankWork = { step, cut: { directions: 2, batch: 1 }, steps: 2, link: null }

test('directions send one number each, and two more for each cell', async () => {
  const group = threadGroup(2)
  const both = await Promise.all([0, 1].map((rank) => timeRank(threads(group, rank), referenceBackend(), work)))
  for (const timing of both) {
    expect(timing).toMatchObject({ ...directionsBytes(), calls: 1, loss: both[0]!.loss })
    expect(timing.times).toHaveLength(2)
  }
  const alone = await timeRank(single(), referenceBackend(), work)
  expect(alone).toMatchObject({ sentBytes: 0, loss: both[0]!.loss })

  function directionsBytes() {
    const { bytes } = directionsMessage(2, 1, 2)
    return { sentBytes: bytes, receivedBytes: bytes }
  }
})

test('gradients send about as many numbers as there are parameters', async () => {
  const group = threadGroup(2)
  const gradients: RankWork = { ...work, step: { ...step, estimator: 'bp' }, cut: { directions: 1, batch: 2 } }
  const [timing] = await Promise.all(
    [0, 1].map((rank) => timeRank(threads(group, rank), referenceBackend(), gradients)),
  )
  const { parameters, sentBytes } = timing!
  expect(parameters).toBe(2 * 5 + 5 + 5 * 4 + 4 + 4 + 1)
  expect(sentBytes).toBeGreaterThanOrEqual(gradientMessage(2, parameters).bytes)
  expect(sentBytes).toBeLessThanOrEqual(gradientMessage(2, parameters + 4).bytes + 4)
})

test('the model reproduces the times that it was fitted to', () => {
  const here = { latency: 0, bandwidth: Infinity }
  const none = { calls: 1, bytes: 0 }
  const parts = fitParts(8, 17, 9)
  expect(parts).toEqual({ cell: 2, rest: 1 })
  expect(predictStep(parts, 8, 1, none, here)).toBe(17)
  expect(predictStep(parts, 8, 2, none, here)).toBe(9)
  expect(predictStep(parts, 8, 3, none, here)).toBe(7)
  expect(predictOversubscribed(parts, 8, 4, 2)).toBe(2 * (2 * 2 + 1))
  expect(predictOversubscribed(parts, 8, 2, 2)).toBe(9)
  expect(fitParts(4, 8, 3)).toEqual({ cell: 2, rest: 0 })
  expect(messageTime({ calls: 2, bytes: 1e6 }, { latency: 0.01, bandwidth: 1e8 }, 8)).toBeCloseTo(2 * 3 * 10 + 10)
})
