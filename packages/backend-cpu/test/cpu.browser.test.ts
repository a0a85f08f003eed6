import { describeBackend } from '@spikeward/testkit'
import { expect, test } from 'vitest'
import { cpu } from '../src/index.js'

describeBackend('cpu in a page, two threads', () => cpu({ threads: 2 }), { contraction: true, runs: 5, key: 3 })

test('a page that is isolated has threads', async () => {
  await using backend = await cpu({ threads: 2 })
  expect(backend.capabilities.features).toContain('threads')
})
