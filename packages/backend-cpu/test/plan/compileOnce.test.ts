import { expect, test } from 'vitest'
import { jit, mul, tensor } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { cpu } from '@spikeward/backend-cpu'
import { compileOnce } from '../../src/plan/compileOnce.js'

const options = { memory: { initial: 1, maximum: 16, shared: false }, threads: 1, relaxed: false, mainMaySleep: true }

test('a plan is compiled once for equal options', () => {
  const { plan } = jit((x: Tensor) => mul(x, 2)).inspect(tensor([1, 2]))
  const code = compileOnce(plan, options)
  expect(compileOnce(plan, { ...options })).toBe(code)
  expect(compileOnce(plan, { ...options, profiled: true })).not.toBe(code)
  expect(compileOnce({ ...plan }, options)).not.toBe(code)
})

test('backends that share the code of a plan have memory of their own', async () => {
  const double = jit((x: Tensor) => mul(x, 2))
  const backends = [await cpu({ threads: 1 }), await cpu({ threads: 1 })]
  const results = backends.map((backend, i) => double(tensor([i, 10 * i + 1], { backend })))
  expect(await Promise.all(results.map(async (t) => [...(await t.data())]))).toEqual([
    [0, 2],
    [2, 22],
  ])
  await backends[0]![Symbol.asyncDispose]()
  expect([...(await double(tensor([3, 4], { backend: backends[1]! })).data())]).toEqual([6, 8])
  await backends[1]![Symbol.asyncDispose]()
})
