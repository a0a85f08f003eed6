import { expect, test } from 'vitest'
import { parseShard } from '../src/schedule/shard.js'

test('reads a shard, and refuses any other text', () => {
  expect(parseShard('2/8')).toEqual([2, 8])
  for (const text of ['', '0/2', '3/2', '1/2/3', '1e0/2', ' 1/2', '1.0/2', '1/']) expect(parseShard(text)).toBeNull()
})
