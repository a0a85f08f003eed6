import { type Optimizer, type Tensor, type Tree, grad, jit, square, sub, sum, tensor } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { adaBelief, adam, applyUpdates, chain, clipByGlobalNorm, cosineDecay, momentum, sgd } from '../src/index.js'
import { type Point, at, numbers } from './fixtures.js'

const loss = (p: Point): Tensor => sum(square(sub(p.x, tensor([3, -1], { dtype: 'f64' }))))
const rows: readonly (readonly [string, Optimizer])[] = [
  ['sgd', sgd(0.1)],
  ['heavy ball', momentum(0.02)],
  ['Nesterov', momentum(0.02, { nesterov: true })],
  ['adam', adam(cosineDecay({ initial: 0.2, steps: 200 }))],
  ['adaBelief', adaBelief(cosineDecay({ initial: 0.2, steps: 200 }))],
  ['clipped adam', chain(clipByGlobalNorm(1), adam(cosineDecay({ initial: 0.2, steps: 200 })))],
]

describe.each(rows)('%s', (_, optimizer) => {
  it('finds the minimum of a quadratic inside one jit, compiled once', async () => {
    const step = jit((p: Point, state: Tree) => {
      const out = optimizer.update(grad(loss)(p), state, p)
      return { params: applyUpdates(p, out.updates), state: out.state }
    })
    let now = { params: at(0, 0), state: optimizer.init(at(0, 0)) }
    for (let i = 0; i < 200; i++) now = step(now.params, now.state)
    const x = await numbers(now.params)
    expect(x[0]).toBeCloseTo(3, 2)
    expect(x[1]).toBeCloseTo(-1, 2)
    expect(step.stats().compilations).toBe(1)
    step.dispose()
  })
})
