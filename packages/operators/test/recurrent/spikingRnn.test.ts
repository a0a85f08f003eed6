import { add, key, mean, mul, normal, square, sub, scan, tensor, valueAndGrad, zeros } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { atan, leakyIntegrateAndFire, recurrent, spike, unroll } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import { spikingRnn } from '../../src/index.js'
import { recurrentStep, restOf } from '../../src/recurrent/recurrentLayer.js'

const [SAMPLES, STEPS, INPUTS, NEURONS] = [3, 9, 2, 5]
const neuron = leakyIntegrateAndFire({ beta: 0.8, learn: ['beta'], resetDetached: false })
const network = spikingRnn({
  inputs: INPUTS,
  outputs: 2,
  neurons: NEURONS,
  neuron,
  spike: spike(atan()),
  readoutLeak: 0.5,
})
const x = mul(normal(key(1), [STEPS, SAMPLES, INPUTS]), 2)
const target = normal(key(2), [STEPS, SAMPLES, 2])

type Drive = { readonly x: Tensor; readonly target: Tensor }
const loss = network.loss({
  samples: SAMPLES,
  drive: { x, target },
  input: (now: Tree) => (now as Drive).x,
  head: (y, now) => mean(square(sub(y, (now as Drive).target)), 1),
})

describe('spikingRnn', () => {
  it('refuses a readout that would never answer', () => {
    const own = { inputs: 1, neurons: 1, neuron, spike: spike(atan()) }
    expect(() => spikingRnn({ ...own, readoutLeak: 1 })).toThrow(/readoutLeak is 1;.*\[INVALID_OPTION\]/s)
    expect(() => spikingRnn({ ...own, readoutLeak: 0.999 })).not.toThrow()
  })

  it('follows spikes with 1 − κ each, so that a rate is 1 where every step has one', async () => {
    const step = recurrentStep({ neuron, spike: spike(atan()), readoutLeak: 0.75 })
    const weights = {
      input: { weight: tensor([[100]], { dtype: 'f32' }), bias: zeros([1]) },
      recurrent: zeros([1, 1]),
      neurons: neuron.init(key(1), 1),
    }
    let state = restOf(neuron, 1, 1)
    for (let t = 1; t <= 4; t++) {
      state = step(weights, state, tensor([[1]], { dtype: 'f32' }))
      expect(await state.rates.item()).toBeCloseTo(1 - 0.75 ** t, 6)
    }
  })

  it('fires as the recurrent layer of @spikeward/neurons does', async () => {
    const params = network.init(key(3))
    const layer = recurrent(neuron)
    const currents = add(
      normal(key(4), [STEPS, SAMPLES, NEURONS]), // currents that do not pass through a weight
      0.4,
    )
    const own = spikingRnn({ inputs: NEURONS, neurons: NEURONS, neuron, spike: spike(atan()), readoutLeak: 0 })
    const identity = Array.from({ length: NEURONS }, (_, i) =>
      Array.from({ length: NEURONS }, (_, j) => (i === j ? 1 : 0)),
    )
    const given = {
      ...own.init(key(3)),
      recurrent: params.recurrent,
      input: { weight: tensor(identity), bias: mul(params.input.bias, 0) },
    }
    const { outputs } = unroll(
      layer,
      { beta: (params.neurons as { beta: Tensor }).beta, feedbackWeight: params.recurrent },
      layer.rest([SAMPLES, NEURONS]),
      currents,
      {},
      spike(atan()),
    )
    const spikes = await outputs.data()
    expect(Array.from(await own.features(given, currents).data())).toEqual(Array.from(spikes))
    expect(spikes.some((s) => s === 1)).toBe(true)
  })

  it('has the loss of its answers', async () => {
    const params = network.init(key(3))
    const y = network.apply(params, x)
    expect(y.shape).toEqual([STEPS, SAMPLES, 2])
    const direct = await mul(mean(square(sub(y, target))), STEPS).item()
    expect(await loss(params).item()).toBeCloseTo(direct, 5)
  })

  it('gives its loss the time step of the network', async () => {
    const params = network.init(key(3))
    const { step, rest, drive } = loss.sequence!
    const [, outputs] = scan((state: Tree, now: Tree) => step(params, state, now), rest(), drive)
    expect(Array.from(await outputs.data())).toEqual(Array.from(await network.apply(params, x).data()))
  })

  it('passes derivatives through time', async () => {
    const { recurrent: g } = valueAndGrad(loss)(network.init(key(3)))[1]
    expect(Math.max(...Array.from(await g.data(), (v) => Math.abs(Number(v))))).toBeGreaterThan(1e-4)
  })

  it('refuses neurons that have weights between them', () => {
    expect(() => spikingRnn({ inputs: 1, neurons: 3, neuron: recurrent(neuron), spike: spike(atan()) })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })
})
