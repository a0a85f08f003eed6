import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jvp, key, mul, normal, onesLike, sub, tensor, uniform, zerosLike } from '@spikeward/core'
import type { NeuronModel, Tensor } from '@spikeward/core'
import {
  atan,
  integrateAndFire,
  leakyIntegrateAndFire,
  leakyIntegrator,
  spike,
  synaptic,
  unroll,
} from '../../src/index.js'
import type { MembraneState, ResetRule } from '../../src/index.js'
import { type Reference, dual, reference } from '../dual.js'
import { largestError } from '../golden.js'

const steps = 25
const neurons = 5
const surrogate = atan({ alpha: 2 })
const slope = (u: number): number => 1 / (1 + (Math.PI * u) ** 2)
const refuses = (code: string): Error => expect.objectContaining({ code }) as Error

const resets = (['subtract', 'zero', 'none'] as const).flatMap((reset) =>
  [true, false].flatMap((delay) => [true, false].map((detached) => ({ reset, delay, detached }))),
)

interface Row {
  readonly model: NeuronModel<Record<never, never>, MembraneState>
  readonly reference: Omit<Reference, 'slope'>
}

const rows = (r: (typeof resets)[number]): Row[] => {
  const resetTo = r.reset === 'zero' ? -0.2 : 0
  const firing = {
    threshold: 0.8,
    reset: r.reset,
    resetMembrane: resetTo,
    resetDelay: r.delay,
    resetDetached: r.detached,
  }
  const common = { ...r, resetTo, threshold: 0.8, rest: 0, alpha: 0, kappa: 1 }
  return [
    { model: integrateAndFire(firing), reference: { ...common, beta: 1 } },
    { model: leakyIntegrateAndFire({ beta: 0.85, ...firing }), reference: { ...common, beta: 0.85 } },
    {
      model: leakyIntegrateAndFire({ beta: 0.6, restMembrane: 0.6, decayInput: true, ...firing }),
      reference: { ...common, beta: 0.6, rest: 0.6, kappa: 1 - 0.6 },
    },
    {
      model: synaptic({ alpha: 0.7, beta: 0.85, ...firing }),
      reference: { ...common, alpha: 0.7, beta: 0.85 },
    },
  ]
}

describe.each(resets)('reset $reset, delayed $delay, detached $detached', (r) => {
  it.each(rows(r).map((row) => [row.model.name, row] as const))(
    '%s follows its equations, and so does its derivative',
    async (_name, { model, reference: expected }) => {
      const current = uniform(key(3), [steps, neurons], { min: -0.1, max: 0.6, dtype: 'f64' })
      const tangent = normal(key(4), [steps, neurons], { dtype: 'f64' })
      const state = model.rest([neurons], 'f64')
      const run = (x: Tensor): { outputs: Tensor; membrane: Tensor } => {
        const { outputs, state: last } = unroll(model, {}, state, x, {}, spike(surrogate))
        return { outputs, membrane: last.membrane }
      }
      const [value, derivative] = jvp(run, [current], [tangent])
      const x = await current.data()
      const dx = await tangent.data()
      const columns = Array.from({ length: neurons }, (_, n) =>
        reference(
          { ...expected, slope },
          Array.from({ length: steps }, (_, t) => dual(x[t * neurons + n]!, dx[t * neurons + n])),
        ),
      )
      const byTime = (f: (n: number, t: number) => number): number[] =>
        Array.from({ length: steps * neurons }, (_, k) => f(k % neurons, Math.floor(k / neurons)))
      const spikes = byTime((n, t) => columns[n]!.spikes[t]!.v)
      expect([...(await value.outputs.data())]).toEqual(spikes)
      expect(spikes.filter((s) => s === 1).length).toBeGreaterThan(5)
      const slopes = byTime((n, t) => columns[n]!.spikes[t]!.d)
      expect(largestError(await derivative.outputs.data(), slopes)).toBeLessThan(1e-10)
      const ends = columns.map((c) => c.membrane.at(-1)!)
      expect(
        largestError(
          await value.membrane.data(),
          ends.map(({ v }) => v),
        ),
      ).toBeLessThan(1e-12)
      expect(
        largestError(
          await derivative.membrane.data(),
          ends.map(({ d }) => d),
        ),
      ).toBeLessThan(1e-10)
    },
  )
})

describe('any current-based neuron', () => {
  const between = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true })
  const anyNeuron = fc.record({
    alpha: between(0, 1),
    beta: between(0, 1),
    threshold: between(0.1, 2),
    rest: between(-0.5, 0.5),
    resetTo: between(-0.5, 0.05),
    decayInput: fc.boolean(),
    delay: fc.boolean(),
    detached: fc.boolean(),
    reset: fc.constantFrom('subtract', 'zero', 'none'),
    current: fc.array(between(-1, 2), { minLength: 1, maxLength: 12 }),
  })

  it('follows its equations, and so does its derivative, for any options', async () => {
    await fc.assert(
      fc.asyncProperty(anyNeuron, async ({ current, decayInput, ...r }) => {
        const resetTo = r.reset === 'zero' ? r.resetTo : 0
        const model = synaptic({
          alpha: r.alpha,
          beta: r.beta,
          threshold: r.threshold,
          restMembrane: r.rest,
          decayInput,
          reset: r.reset,
          resetMembrane: resetTo,
          resetDelay: r.delay,
          resetDetached: r.detached,
        })
        const kappa = decayInput ? 1 - r.beta : 1
        const expected = reference(
          { ...r, resetTo, kappa, slope },
          current.map((x) => dual(x, 1)),
        )
        // A membrane within rounding of its threshold may fall on either side.
        fc.pre(expected.charged.every(({ v }) => Math.abs(v - r.threshold) > 1e-9))
        const run = (x: Tensor): Tensor =>
          unroll(model, {}, model.rest([1], 'f64'), x, {}, spike(surrogate)).state.membrane
        const x = tensor(Float64Array.from(current), { shape: [current.length, 1] })
        const [value, derivative] = jvp(run, [x], [onesLike(x)])
        const last = expected.membrane.at(-1)!
        expect(Math.abs((await value.item()) - last.v)).toBeLessThan(1e-9)
        expect(Math.abs((await derivative.item()) - last.d)).toBeLessThan(1e-9 * (1 + Math.abs(last.d)))
      }),
      { numRuns: 200 },
    )
  })
})

describe('state and parameters', () => {
  it('starts at the given state', async () => {
    const state = synaptic({ initialMembrane: 0.3, initialSynaptic: -0.2 }).rest([2, 3])
    expect(state.membrane.shape).toEqual([2, 3])
    expect(largestError(await state.membrane.data(), new Float32Array(6).fill(0.3))).toBe(0)
    expect(largestError(await state.synaptic.data(), new Float32Array(6).fill(-0.2))).toBe(0)
  })

  it('has no parameters if nothing is learned, one per neuron otherwise', async () => {
    expect(leakyIntegrateAndFire().init(key(0), 4)).toEqual({})
    const params = synaptic({ learn: ['alpha', 'threshold'], alpha: 0.5, threshold: 2 }).init(key(0), 4)
    expect([...(await params.alpha.data())]).toEqual([0.5, 0.5, 0.5, 0.5])
    expect([...(await params.threshold.data())]).toEqual([2, 2, 2, 2])
  })

  it('uses learned coefficients, per neuron, and gives their derivatives', async () => {
    const learned = leakyIntegrateAndFire({ learn: ['beta', 'threshold'] })
    const betas = [0.5, 0.9]
    const thresholds = [0.7, 1.1]
    const params = { beta: tensor(betas, { dtype: 'f64' }), threshold: tensor(thresholds, { dtype: 'f64' }) }
    const x = tensor([0.6, 0.4], { dtype: 'f64' })
    const run = (p: typeof params): Tensor =>
      unroll(learned, p, learned.rest([2], 'f64'), x, { steps }, spike(surrogate)).outputs
    const found = await run(params).data()
    for (const n of [0, 1]) {
      const fixed = leakyIntegrateAndFire({ beta: betas[n]!, threshold: thresholds[n]! })
      const own = unroll(fixed, {}, fixed.rest([2], 'f64'), x, { steps }, spike(surrogate))
      const expected = await own.outputs.data()
      expect(found.filter((_, k) => k % 2 === n)).toEqual(expected.filter((_, k) => k % 2 === n))
    }
    const direction = { beta: tensor([1, 1], { dtype: 'f64' }), threshold: zerosLike(params.threshold) }
    const [, slopes] = jvp(run, [params], [direction])
    expect((await slopes.data()).some((d) => d !== 0)).toBe(true)
  })

  it('clips a learned decay to [0, 1]', async () => {
    const model = leakyIntegrator({ learn: ['beta'] })
    const params = { beta: tensor([1.5, -0.5], { dtype: 'f64' }) }
    const x = tensor([1, 1], { dtype: 'f64' })
    const { state } = unroll(model, params, model.rest([2], 'f64'), x, { steps: 3 }, spike(surrogate))
    expect([...(await state.membrane.data())]).toEqual([3, 1])
  })
})

describe('options', () => {
  it.each([
    ['a decay above 1', () => leakyIntegrateAndFire({ beta: 1.1 })],
    ['a NaN', () => leakyIntegrateAndFire({ beta: Number.NaN })],
    ['a threshold of 0', () => integrateAndFire({ threshold: 0 })],
    ['an unknown reset', () => synaptic({ reset: 'hard' as 'zero' })],
    ['a reset membrane that the reset would ignore', () => synaptic({ reset: 'subtract', resetMembrane: 0.5 })],
    ['a coefficient that it cannot learn', () => integrateAndFire({ learn: ['beta' as 'threshold'] })],
  ])('refuses %s', (_title, make) => {
    expect(make).toThrow(refuses('INVALID_OPTION'))
  })

  it('refuses an unknown name', () => {
    expect(() => leakyIntegrateAndFire({ tau: 2 } as object)).toThrow(refuses('UNKNOWN_OPTION'))
  })

  it('accepts a custom reset rule', async () => {
    const halve: ResetRule = {
      name: 'halve',
      immediate: (u, s) => sub(u, mul(0.5, mul(s, u))),
      delayed: (u, s, _threshold, charge) => charge(sub(u, mul(0.5, mul(s, u)))),
    }
    const model = leakyIntegrateAndFire({ beta: 1, resetDelay: false, reset: halve })
    const { state } = unroll(model, {}, model.rest([1]), tensor([0.75]), { steps: 3 }, spike(surrogate))
    // 0.75; 1.5 fires, 0.75; 1.5 fires, 0.75
    expect(await state.membrane.item()).toBe(0.75)
  })
})
