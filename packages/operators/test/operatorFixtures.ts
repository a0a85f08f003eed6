import { type Coords, type Tensor, add, concatenate, mul, reshape, sin, slice } from '@spikeward/core'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import type { BlockOptions, SpikingBlockOptions } from '../src/index.js'

export const f64 = { dtype: 'f64' } as const

export const values = async (t: Tensor): Promise<number[]> => [...(await t.data())]

export const spiking = (...hidden: number[]): SpikingBlockOptions => ({
  kind: 'spiking',
  hidden,
  neuron: leakyIntegrateAndFire({ beta: 1 }),
  surrogate: atan({ alpha: 2 }),
  time: 6,
})

export const smooth = (...hidden: number[]): BlockOptions => ({ kind: 'smooth', hidden })

/** The code of the error that `f` throws. */
export function codeOf(f: () => unknown): string | undefined {
  try {
    f()
  } catch (e) {
    return (e as { code?: string }).code
  }
  return undefined
}

/** sin(2x) + xt² of points or of a grid, N = 1. */
export function analytic(c: Coords): Tensor {
  if (c.kind === 'grid') throw new Error('points only')
  const column = (a: number): Tensor => pick(c.x, a)
  return toRow(add(sin(mul(column(0), 2)), mul(column(0), mul(column(1), column(1)))))
}

const pick = (x: Tensor, a: number): Tensor => slice(x, [0, a], [x.shape[0]!, a + 1])
const toRow = (x: Tensor): Tensor => reshape(x, [1, -1])

/** A function on a grid, `by` points further along `axis`, around the end. */
export function rolled(x: Tensor, axis: number, by: number): Tensor {
  const part = (from: number, to: number): Tensor =>
    slice(
      x,
      x.shape.map((_, a) => (a === axis ? from : 0)),
      x.shape.map((d, a) => (a === axis ? to : d)),
    )
  return concatenate([part(by, x.shape[axis]!), part(0, by)], axis)
}
