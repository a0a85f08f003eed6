import { expect, test } from 'vitest'
import { benchJson } from '../fakeIo.js'

test('Taylor mode gives the derivatives of nested jvps, whose repeated tangents the compiler merges', async () => {
  const { rows } = (await benchJson(
    'derivatives',
    '--quick',
    '--backend',
    'reference',
    '--orders',
    '2,4',
    '--json',
  )) as {
    rows: {
      order: number
      jet: { flops: number; eagerMs: number; firstMs: number }
      nested: { flops: number }
      eagerSpeedup: number
      firstSpeedup: number
      difference: number
    }[]
  }
  expect(rows.map((r) => r.order)).toEqual([2, 4])
  for (const { jet, nested, difference, ...row } of rows) {
    for (const measured of [jet.eagerMs, jet.firstMs, row.eagerSpeedup, row.firstSpeedup]) {
      expect(measured).toBeGreaterThan(0)
    }
    expect(difference).toBeLessThan(1e-3)
    expect(nested.flops / jet.flops).toBeGreaterThan(0.8)
    expect(nested.flops / jet.flops).toBeLessThan(1.25)
  }
})
