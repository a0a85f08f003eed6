import { bp } from '@spikeward/estimators'
import { add, key, referenceBackend, square, sub, sum, tensor, treeLeaves } from '@spikeward/core'
import { expect, test } from 'vitest'
import { forecast, identity, network, rowsOf, windowsOf } from '../src/adapters.js'

test('an adapter of 21 numbers begins as the identity, and the loss depends on it', async () => {
  const backend = referenceBackend()
  const rows = await rowsOf(60, 1, [2], backend)
  const windows = windowsOf(rows, tensor(Int32Array.of(0, 20)))
  // A row of a window is that of the table, and the failed sensor has no target.
  const [all, some] = [await rows.x.data(), await windows.x.data()]
  const width = rows.x.shape[1]!
  expect(Array.from(some.slice(2 * width, 4 * width))).toEqual([
    ...all.slice(width, 2 * width),
    ...all.slice(21 * width, 22 * width),
  ])
  expect(Array.from((await rows.there.data()).slice(0, 6))).toEqual([1, 1, 0, 1, 1, 1])
  // An untrained network forecasts 0, whatever it reads.
  const init = network.init(key(0))
  const params = { ...init, linear: { ...init.linear, weight: add(init.linear.weight, 0.1) } }
  const adapter = identity()
  expect(treeLeaves(adapter).reduce((n, t) => n + t.size, 0)).toBe(21)
  const plain = forecast(params, null, windows.x)
  expect(Array.from(await forecast(params, adapter, windows.x).data())).toEqual(Array.from(await plain.data()))
  const estimator = bp()
  const { grad } = estimator.estimate(
    (a: typeof adapter) => sum(square(sub(forecast(params, a, windows.x), 1))),
    adapter,
    estimator.init(adapter),
    { key: key(2) },
  )
  expect(Math.abs(Number((await grad.shift.data())[0]))).toBeGreaterThan(0)
  expect(Math.abs(Number((await grad.from.data())[0]))).toBeGreaterThan(0)
})
