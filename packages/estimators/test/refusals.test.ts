import { affine, convolve, key, lossParts, mean, normal, reshape, scan, square, tanh, transpose } from '@spikeward/core'
import type { Affine, Estimator, Loss, Tensor, Tree } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import {
  activity,
  feedback,
  gaussNewton,
  localLoss,
  lowRank,
  orthogonal,
  bp,
  pseudoZeroth,
  rateBackpropagation,
} from '../src/index.js'
import { unitColumns } from './feedback/unitColumns.js'

type Params = { readonly [name: string]: Affine }
type Forward = (p: Params, x: Tensor) => Tensor

const f = (i: number, ...shape: number[]): Tensor => normal(key(i), shape, { dtype: 'f64' })
const dense = (i: number, inputs: number, units: number): Affine => ({
  weight: f(i, inputs, units),
  bias: f(i + 50, units),
})

/** A mean of squares over three samples. */
function lossOf(forward: Forward, x: Tensor): Loss<Params> {
  const head = (output: Tensor): Tensor => mean(square(output), 1)
  const parts = lossParts({ samples: 3, input: x, forward, head, residuals: (output: Tensor) => mean(output, 1) })
  return Object.assign((p: Params): Tensor => mean(head(forward(p, x))), { parts })
}

type Network = { readonly forward: Forward; readonly x: Tensor; readonly params: Params }

const one: Network = {
  forward: (p, x) => affine(p['out']!, x),
  x: f(1, 3, 4),
  params: { out: dense(2, 4, 2) },
}
const image: Network = {
  forward: (p, x) => affine(p['out']!, mean(tanh(convolve(p['filter']!, x, { edges: 'circular' })), 1)),
  x: f(3, 3, 6, 2),
  params: { filter: { weight: f(4, 3, 2, 4), bias: f(5, 4) }, out: dense(6, 4, 2) },
}
/** A layer along the samples, below one along the units. */
const tokens: Network = {
  forward: (p, x) => affine(p['out']!, tanh(transpose(affine(p['mixing']!, transpose(x))))),
  x: f(7, 3, 4),
  params: { mixing: dense(8, 3, 3), out: dense(9, 4, 2) },
}
const alongUnits: Network = {
  forward: (p, x) => transpose(affine(p['mixing']!, transpose(x))),
  x: f(7, 3, 4),
  params: { mixing: dense(8, 3, 3) },
}
const standardised: Network = {
  forward: (p, x) => {
    const { weight, bias } = p['hidden']!
    return affine(p['out']!, tanh(affine({ weight: unitColumns(weight), bias }, x)))
  },
  x: f(10, 3, 4),
  params: { hidden: dense(11, 4, 5), out: dense(12, 5, 2) },
}
const wide: Network = {
  forward: (p, x) => affine(p['out']!, mean(tanh(convolve(p['filter']!, x, { edges: 'circular' })), 2)),
  x: image.x,
  params: { ...image.params, out: dense(6, 6, 2) },
}
/** Two layers within a loop over time, and a readout of means over pairs of units. */
const pairs: Network = {
  forward: (p, x) => {
    const step = (): [Tensor[], Tensor] => [[], tanh(affine(p['second']!, tanh(affine(p['first']!, x))))]
    const rate = mean(scan(step, [] as Tensor[], null, { length: 3 })[1], 0)
    return affine(p['out']!, mean(reshape(rate, [3, 3, 2]), 2))
  },
  x: f(13, 3, 4),
  params: { first: dense(14, 4, 5), second: dense(15, 5, 6), out: dense(16, 3, 2) },
}

const rows: readonly (readonly [Estimator<Tree>, string, Network, string])[] = [
  ...[lowRank({ perSample: true }), gaussNewton({ below: 'traces' }), pseudoZeroth({ outputs: 2 })].map(
    (e) => [e, 'a convolution', image, 'filter.weight'] as const,
  ),
  [rateBackpropagation({ traces: 'perSynapse' }), 'a readout of means over units', pairs, 'second.weight'],
  [feedback({ outputs: 2 }), 'a readout of means over units', wide, 'filter.weight'],
  [localLoss({ outputs: 2 }), 'a readout of means over units', wide, 'filter.weight'],
  ...[gaussNewton(), feedback({ outputs: 2 }), localLoss({ outputs: 2 })].map(
    (e) => [e, 'no hidden layer', one, 'out.weight'] as const,
  ),
  ...[activity(), lowRank({ perSample: true })].map(
    (e) => [e, 'a layer along the samples', tokens, 'mixing.weight'] as const,
  ),
  ...[activity(), gaussNewton(), feedback({ outputs: 2 })].map(
    (e) => [e, 'no layer but one along the samples', alongUnits, 'mixing.weight'] as const,
  ),
  ...[gaussNewton(), orthogonal(bp(), { directions: 1 }), rateBackpropagation({ transport: 'kolenPollack' })].map(
    (e) => [e, 'a standardised weight', standardised, 'hidden.weight'] as const,
  ),
]

describe('an estimator that cannot treat a layer names it', () => {
  it.each(rows.map(([e, ...row]) => [e.name, ...row, e] as const))('%s: %s', (...row) => {
    const [, , { forward, x, params }, name, e] = row
    const loss = lossOf(forward, x)
    expect(() => e.estimate(loss, params, e.init(params), { key: key(0) })).toThrow(`'${name}'`)
  })
})
