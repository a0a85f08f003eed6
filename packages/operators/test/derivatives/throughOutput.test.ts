import { add, exp, mul, reshape, sin, slice, stack, tensor } from '@spikeward/core'
import type { Coords, Field, Tensor } from '@spikeward/core'
import { expect, it } from 'vitest'
import { throughOutput } from '../../src/derivatives/throughOutput.js'
import { exactDerivatives } from '../../src/index.js'

const smooth = { spikes: false, smoothness: Infinity }
const part = (c: Coords, axis: number): Tensor => {
  if (c.kind === 'grid') return reshape(c.axes[axis]!, axis === 0 ? [c.axes[0]!.size, 1] : [1, c.axes[1]!.size])
  const n = c.x.shape[0]!
  return reshape(slice(c.x, [0, axis], [n, axis + 1]), [n])
}
/** v = sin(x + 2y), and u = v (1 + x) e^y + xy. */
const inner = (c: Coords): Tensor => stack([sin(add(part(c, 0), mul(part(c, 1), 2)))])
const apply = (v: Tensor, c: Coords): Tensor => {
  const [x, y] = [part(c, 0), part(c, 1)]
  return add(mul(v, mul(add(x, 1), exp(y))), mul(x, y))
}
const whole = exactDerivatives()((c) => apply(inner(c), c), smooth)
const through = throughOutput(exactDerivatives()(inner, smooth), apply)

it.each<[string, Coords]>([
  ['at points', { kind: 'points', x: tensor([0.1, 0.4, -0.7, 0.3, 0.9, -0.2], { shape: [3, 2] }) }],
  ['on a grid', { kind: 'grid', axes: [tensor([0.1, -0.7]), tensor([0.4, 0.3, -0.2])] }],
])('the product rule gives the derivatives of the whole, %s', async (_, c) => {
  const close = async (of: (u: Field) => Tensor): Promise<void> => {
    const [a, b] = [await of(through).data(), await of(whole).data()]
    expect(of(through).shape).toEqual(of(whole).shape)
    b.forEach((v, i) => expect(Math.abs(a[i]! - v)).toBeLessThan(2e-4 * (1 + Math.abs(v))))
  }
  await close((u) => u.at(c))
  for (const axis of [0, 1]) for (const order of [1, 2, 3, 4] as const) await close((u) => u.d(c, axis, order))
  for (const orders of [
    [1, 1],
    [2, 1],
    [2, 2],
  ])
    await close((u) => u.mixed(c, orders))
})
