import { expect, test } from 'vitest'
import { benchJson } from '../support/fakeIo.js'

type Row = {
  order: number
  operator?: string
  jet: { flops: number; eagerMs: number; firstMs: number }
  nested: { flops: number }
  eagerSpeedup: number
  firstSpeedup: number
  difference: number
}

async function measure(...args: readonly string[]): Promise<readonly Row[]> {
  const line = ['derivatives', '--quick', '--backend', 'reference', ...args, '--json']
  return ((await benchJson(...line)) as { rows: Row[] }).rows
}

test('Taylor mode gives the derivatives of nested jvps, whose repeated tangents the compiler merges', async () => {
  const rows = await measure('--hidden', '8,8', '--orders', '2,4')
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

test('in time, the state of nested jvps is not merged: Taylor mode takes less than half of their operations at order 4', async () => {
  const [row] = await measure('--orders', '4', '--time', '3', '--hidden', '4')
  expect(row!.difference).toBeLessThan(1e-3)
  expect(row!.nested.flops / row!.jet.flops).toBeGreaterThan(2)
})

test('the biharmonic operator in collapsed Taylor mode takes less than half of the operations of nested Laplacians', async () => {
  const rows = await measure('--operators', 'laplacian,biharmonic', '--hidden', '16,16')
  expect(rows.map((r) => [r.operator, r.order])).toEqual([
    ['u_xx + u_yy', 2],
    ['Δ(Δu)', 4],
    ['u_xxxx + 2u_xxyy + u_yyyy', 4],
  ])
  for (const { difference } of rows) expect(difference).toBeLessThan(1e-3)
  const [laplacian, twice, sum] = rows.map((r) => r.nested.flops / r.jet.flops)
  expect(laplacian).toBeGreaterThan(1.2)
  expect(twice).toBeGreaterThan(2)
  expect(sum).toBeGreaterThan(1.4)
})
