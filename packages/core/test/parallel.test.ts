import { expect, test } from 'vitest'
import { inOrder } from '../src/index.js'

test('one process computes exactly the parts that are asked for, in their order', async () => {
  const asked: number[] = []
  const part = async (i: number): Promise<Float64Array> => Float64Array.of(asked.push(i), i)
  expect(await inOrder(3, part)).toEqual([0, 1, 2].map((i) => Float64Array.of(i + 1, i)))
  expect(asked).toEqual([0, 1, 2])
})
