import { SpikewardError, jit, key, mean, mul, square, sub, tensor } from '@spikeward/core'
import type { Estimator, Optimizer, Tensor } from '@spikeward/core'
import { bp } from '@spikeward/estimators'
import { adam, sgd } from '@spikeward/optim'
import { describe, expect, it } from 'vitest'
import { lossAt, trainStep } from '../src/index.js'

type Params = { readonly a: Tensor }
const loss = (p: Params, x: Tensor): Tensor => mean(square(sub(mul(p.a, x), 1)))

describe('trainStep', () => {
  it('is one step of gradient descent', async () => {
    const { init, step } = trainStep(loss, bp() as Estimator, sgd(0.25) as Optimizer)
    const next = step(init({ a: tensor(3) }), tensor([1, 2]), key(0))
    // ℓ = ((3−1)² + (6−1)²)/2, dℓ/da = (3−1)·1 + (6−1)·2.
    expect(await next.loss.item()).toBeCloseTo(14.5, 5)
    expect(await next.trained.a.item()).toBeCloseTo(3 - 0.25 * 12, 5)
    expect([await next.step.item(), await next.failedAt.item(), await next.forwardEquivalents.item()]).toEqual([
      1, -1, 3,
    ])
  })

  it('is the same under jit with donation, and remembers the first step that was not finite', async () => {
    const { init, step } = trainStep(loss, bp() as Estimator, adam(0.1) as Optimizer)
    const run = jit(step, { donate: [0] })
    const x = tensor([1, 2])
    let plain = init({ a: tensor(3) })
    let compiled = init({ a: tensor(3) })
    for (let i = 0; i < 5; i++) {
      plain = step(plain, x, key(0))
      compiled = run(compiled, x, key(0))
    }
    expect(await compiled.trained.a.item()).toBeCloseTo(await plain.trained.a.item(), 6)
    expect(run.stats().compilations).toBe(1)
    const bad = tensor([Infinity, 1])
    compiled = run(compiled, bad, key(0))
    compiled = run(compiled, bad, key(0))
    expect(await compiled.failedAt.item()).toBe(6)
  })

  it('keeps the precision of its parameters', async () => {
    const { init, step } = trainStep(loss, bp() as Estimator, sgd(0.25) as Optimizer)
    const next = step(init({ a: tensor(3, { dtype: 'f64' }) }), tensor([1, 2], { dtype: 'f64' }), key(0))
    expect([next.trained.a.dtype, next.loss.dtype]).toEqual(['f64', 'f64'])
    expect(await next.loss.item()).toBe(14.5)
  })
})

describe('lossAt', () => {
  it('throws for parts that a step turns out not to have only when they are read', async () => {
    const without = (code: string) => (): never => {
      throw new SpikewardError(code, 'none')
    }
    const made = lossAt(
      Object.assign(loss.bind(null), { parts: without('LOSS_WITHOUT_PARTS') }),
      tensor([1, 2]),
      key(0),
    )
    expect(await made({ a: tensor(3) }).item()).toBeCloseTo(14.5, 5)
    expect(() => made.parts).toThrow(expect.objectContaining({ code: 'LOSS_WITHOUT_PARTS' }))
    const other = Object.assign(loss.bind(null), { parts: without('INVALID_OPTION') })
    expect(() => lossAt(other, tensor([1, 2]), key(0))).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})
