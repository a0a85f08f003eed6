import { expect, test } from 'vitest'
import { bench } from '../fakeIo.js'

test('Taylor mode gives the derivatives of nested jvps, whose repeated tangents the compiler merges', async () => {
  const { code, out } = await bench('derivatives', '--quick', '--backend', 'reference', '--orders', '2,4', '--json')
  expect(code).toBe(0)
  const { rows } = JSON.parse(out.trim().split('\n').at(-1)!) as {
    rows: { order: number; jet: { flops: number }; nested: { flops: number }; difference: number }[]
  }
  expect(rows.map((r) => r.order)).toEqual([2, 4])
  for (const { jet, nested, difference } of rows) {
    expect(difference).toBeLessThan(1e-3)
    expect(nested.flops / jet.flops).toBeGreaterThan(0.8)
    expect(nested.flops / jet.flops).toBeLessThan(1.25)
  }
})
