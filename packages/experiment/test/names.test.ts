import { listing } from '@spikeward/experiment'
import * as names from '@spikeward/experiment/names'
import { expect, test } from 'vitest'
import { reachedFrom } from './support/reachedFrom.js'

test('a list of names loads neither runs nor baselines', async () => {
  const { inputs, errors } = await reachedFrom('names.ts')
  expect(errors).toBe('')
  const own = inputs.flatMap((path) => /packages\/experiment\/src\/(\w+)\//.exec(path)?.[1] ?? [])
  expect([...new Set(own)].sort()).toEqual(['catalogue', 'config', 'host', 'io', 'plugins', 'tuned', 'usage'])
})

test('it is the list of the whole package', () => {
  expect(names.listing()).toEqual(listing())
})
