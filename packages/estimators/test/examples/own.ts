import { key, mul, square, sum, tensor, treeMap } from '@spikeward/core'
import type { Estimator, Tree } from '@spikeward/core'
import { average, rfg } from '@spikeward/estimators'

/** Shrinks an estimate by a constant: biased, with less variance (Shukla & Shin 2023). */
const shrink = <S extends Tree>(factor: number, e: Estimator<S>): Estimator<S> => ({
  ...e,
  name: `shrink(${factor}, ${e.name})`,
  unbiased: false,
  estimate(loss, params, state, ctx) {
    const one = e.estimate(loss, params, state, ctx)
    return { ...one, grad: treeMap((g) => mul(g, factor), one.grad) }
  },
})

const params = { x: tensor([1, 2, 3]) }
const e = average(4, shrink(1 / 4, rfg()))
const { grad, stats } = e.estimate((p: typeof params) => sum(square(p.x)), params, {}, { key: key(0) })
console.log(e.name, await grad.x.data(), 'for', await stats.forwardEquivalents.item(), 'forward passes')
