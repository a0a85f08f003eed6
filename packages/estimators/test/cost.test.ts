import { add, jit, key, matmul, mean, normal, square, tanh, zeros } from '@spikeward/core'
import type { Key, Tensor, Tree } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { type RfgOptions, rfg } from '../src/index.js'

type Layer = { readonly weight: Tensor; readonly bias: Tensor }
const params: readonly Layer[] = [0, 1, 2].map((l) => ({ weight: normal(key(l), [16, 16]), bias: zeros([16]) }))
const inputs = normal(key(9), [32, 16])
const loss = (p: readonly Layer[]): Tensor =>
  mean(square(p.reduce((x, { weight, bias }) => tanh(add(matmul(x, weight), bias)), inputs)))

/** Operations of one compiled call. */
function operations<A extends readonly Tree[], R extends Tree>(fn: (...args: A) => R, ...args: A): number {
  const compiled = jit(fn)
  const { flops } = compiled.inspect(...args).executable
  compiled.dispose()
  return flops
}

const spent = (options: RfgOptions): number =>
  operations((p: readonly Layer[], k: Key) => rfg(options).estimate(loss, p, {}, { key: k }), params, key(0))

describe('the compiled estimate', () => {
  it('computes the primal once for all directions', () => {
    // Directions cost the same each, so what does not double with their number is the primal.
    const shared = 2 * spent({ directions: 4 }) - spent({ directions: 8 })
    expect(shared).toBeGreaterThan(0.9 * operations(loss, params))
  })

  it('layer-wise takes fewer operations than as many global directions', () => {
    const layerwise = spent({ scope: 'layerwise', directions: 4 })
    const global = spent({ directions: 12 })
    expect(layerwise).toBeLessThan(0.65 * global)
  })
})
