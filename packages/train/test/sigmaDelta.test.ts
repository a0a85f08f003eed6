import {
  abs,
  add,
  concatenate,
  convolve,
  full,
  key,
  max,
  mul,
  normal,
  relu,
  reshape,
  scan,
  slice,
  sub,
  sum,
  uniform,
  zeros,
} from '@spikeward/core'
import type { Affine, ByLayer, Tensor } from '@spikeward/core'
import { spsa } from '@spikeward/estimators'
import { unet } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { describe, expect, it } from 'vitest'
import { rolloutError, sigmaDeltaRollout, sigmaDeltaStart, toSigmaDelta } from '../src/index.js'

type Params = { readonly first: Affine; readonly out: Affine }
const conv = (p: Affine, x: Tensor): Tensor => convolve(p, x, { edges: 'circular' })
const advance = (p: Params, u: Tensor): Tensor => add(u, conv(p.out, relu(conv(p.first, u))))
const params: Params = {
  first: { weight: mul(normal(key(1), [3, 1, 4]), 0.5), bias: zeros([4]) },
  out: { weight: mul(normal(key(2), [3, 4, 1]), 0.05), bias: zeros([1]) },
}
const STEPS = 6
const initial = uniform(key(3), [2, 16, 1])
const dense = (u: Tensor): Tensor =>
  scan(
    (v: Tensor): [Tensor, Tensor] => {
      const next = advance(params, v)
      return [next, next]
    },
    u,
    null,
    { length: STEPS },
  )[1]
const both = (value: number): ByLayer => ({ 'first.weight': full([1], value), 'out.weight': full([4], value) })

describe('an event-driven time-stepper', () => {
  it('computes the dense one with thresholds of 0, where every input is a message', async () => {
    const run = sigmaDeltaRollout(
      advance,
      params,
      { thresholds: both(0) },
      sigmaDeltaStart(advance, params, initial),
      STEPS,
    )
    expect(await max(abs(sub(run.fields, dense(initial)))).item()).toBeLessThan(1e-5)
    // Three products for each of the messages of 4 hidden channels, 3 · 4 for those of the field.
    expect(await sum(run.operations).item()).toBe(STEPS * 2 * 16 * (12 + 4 * 3))
    expect(await sum(run.messages['out.weight']!).item()).toBe(STEPS * 2 * 16 * 4)
  })

  it('continues from the state of an earlier call', async () => {
    const units = { thresholds: both(0.03) }
    const start = sigmaDeltaStart(advance, params, initial)
    const whole = sigmaDeltaRollout(advance, params, units, start, STEPS)
    const half = sigmaDeltaRollout(advance, params, units, start, STEPS / 2)
    const rest = sigmaDeltaRollout(advance, params, units, half.state, STEPS / 2)
    expect(await max(abs(sub(rest.state.u, whole.state.u))).item()).toBe(0)
    const operations = (await sum(half.operations).item()) + (await sum(rest.operations).item())
    expect(operations).toBe(await sum(whole.operations).item())
    expect(operations).toBeLessThan(STEPS * 2 * 16 * 24)
  })

  it('sends nothing if the field is the rest field', async () => {
    const constant = add(zeros([1, 16, 1]), 0.4)
    const still = { ...params, out: { ...params.out, weight: zeros([3, 4, 1]) } }
    const start = sigmaDeltaStart(advance, still, constant, 0.4)
    expect(await sum(sigmaDeltaRollout(advance, still, { thresholds: both(1e-3) }, start, 3).operations).item()).toBe(0)
  })

  it('drops the part λ of what the field has more than its receivers know, in each step', async () => {
    // Nothing is sent, and a network without weights changes nothing but by its leak.
    const still = { ...params, out: { ...params.out, weight: zeros([3, 4, 1]) } }
    const units = { thresholds: both(10), leak: 0.5 }
    const start = sigmaDeltaStart(advance, still, initial, 0.2)
    const { fields } = sigmaDeltaRollout(advance, still, units, start, 3)
    const left = mul(sub(initial, 0.2), 0.125)
    expect(await max(abs(sub(slice(fields, [2, 0, 0, 0], [3, 2, 16, 1]), add(left, 0.2)))).item()).toBeLessThan(1e-6)
  })

  it('refuses a leak if the first layer does not read the field', () => {
    const halves = (p: Params, u: Tensor): Tensor =>
      concatenate([advance(p, slice(u, [0, 0, 0], [2, 8, 1])), slice(u, [0, 8, 0], [2, 16, 1])], 1)
    const start = sigmaDeltaStart(halves, params, initial)
    expect(() => sigmaDeltaRollout(halves, params, { thresholds: both(0.1), leak: 0.5 }, start, 1)).toThrow(
      /does not read/,
    )
  })
})

describe('toSigmaDelta', () => {
  // The truth differs from the network, so that there is an error to compare with.
  const truth = mul(dense(initial), 1.02)
  const reference = concatenate([reshape(initial, [1, 2, 16, 1]), truth])
  const options = { reference, estimator: spsa({ size: 0.1, directions: 2 }), optimizer: adam(0.1), key: key(5) }

  it('finds thresholds within the error bound that need fewer operations than a common one', async () => {
    const found = await toSigmaDelta(advance, params, { ...options, tolerance: 1.1 })
    expect(found.denseError).toBeCloseTo(await rolloutError(dense(initial), truth).item(), 6)
    expect(found.error).toBeLessThanOrEqual(1.1 * found.denseError)
    expect(found.uniform.operations).toBeLessThan(1)
    expect(found.operations).toBeLessThan(found.uniform.operations)
    // 40 steps of two pairs of values, a run after each, and one or more of each leak before.
    expect(found.runs).toBeGreaterThanOrEqual(40 * 5 + 2)
    expect(found.runs).toBeLessThan(40 * 5 + 2 * 70)
    const run = sigmaDeltaRollout(advance, params, found, sigmaDeltaStart(advance, params, initial), STEPS)
    expect(await rolloutError(run.fields, truth).item()).toBeCloseTo(found.error, 5)
  })

  it('refuses a bound below the error of the network itself, and a reference without a step', async () => {
    await expect(toSigmaDelta(advance, params, { ...options, bound: 0.01 })).rejects.toThrow(/raise the bound/)
    const still = reshape(initial, [1, 2, 16, 1])
    await expect(toSigmaDelta(advance, params, { ...options, reference: still })).rejects.toThrow(/at least one step/)
  })
})

describe('a trained network on a grid', () => {
  it('runs event by event as a time-stepper, by one call that tunes its thresholds', async () => {
    const network = unet({ grid: [16], channels: 3, levels: 2, periodic: [true] })
    const variables = network.init(key(1))
    const step = (p: typeof variables.trained, u: Tensor): Tensor =>
      add(u, mul(reshape(network.encode({ ...variables, trained: p }, u), u.shape), 0.01))
    const u = uniform(key(2), [2, 16])
    const run = scan((v: Tensor): [Tensor, Tensor] => [step(variables.trained, v), v], u, null, { length: 7 })[1]
    const tuning = { estimator: spsa({ size: 0.1 }), optimizer: adam(0.1), key: key(3), steps: 2 }
    const found = await toSigmaDelta(step, variables.trained, { ...tuning, reference: run, bound: 0.01 })
    expect(found.error).toBeLessThanOrEqual(0.01)
    expect(found.operations).toBeLessThan(0.5)
    expect(Object.keys(found.thresholds).length).toBeGreaterThan(4)
  })
})
