import { referenceBackend } from '@spikeward/core'
import { expect, it } from 'vitest'
import { makeGridWorkload, networks } from '../../src/grid/gridWorkload.js'

const settings = {
  side: 6,
  estimator: 'bp',
  functions: 2,
  sensors: 5,
  hidden: 4,
  features: 3,
  time: 4,
} as const

it.each(networks)('a step of %s on a grid lowers its loss and leaks no memory', async (name) => {
  const backend = referenceBackend()
  const workload = makeGridWorkload(name, settings, backend)
  const first = await workload.step()
  const held = backend.stats().liveBuffers
  let last = first
  for (let i = 0; i < 20; i++) last = await workload.step()
  expect(last).toBeLessThan(first)
  expect(backend.stats().liveBuffers).toBe(held)
  workload.dispose()
  expect(backend.stats().liveBuffers).toBeLessThan(held)
})
