import { jit, key, sum, square, tensor } from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'
import { rfg } from '@spikeward/estimators'
import { expect, test } from 'vitest'
import { reused } from '../../src/training/reused.js'

const params = { x: tensor([1, 2, 3]) }
const loss = (p: typeof params): Tensor => sum(square(p.x))

test('directions stay the same for n estimates, and are drawn anew then', async () => {
  const e = reused(3, rfg())
  const step = jit((state: ReturnType<typeof e.init>, k: Key) => {
    const { grad, state: next } = e.estimate(loss, params, state, { key: k })
    return { grad, next }
  })
  let state = e.init(params)
  const found: string[] = []
  for (let i = 0; i < 7; i++) {
    const { grad, next } = step(state, key(i))
    found.push(String(await grad.x.data()))
    state = next
  }
  const alone = async (i: number): Promise<string> =>
    String(
      await rfg()
        .estimate(loss, params, {}, { key: key(i) })
        .grad.x.data(),
    )
  const [a, b, c] = await Promise.all([0, 3, 6].map(alone))
  expect(found).toEqual([a, a, a, b, b, b, c])
  expect(new Set([a, b, c]).size).toBe(3)
})
