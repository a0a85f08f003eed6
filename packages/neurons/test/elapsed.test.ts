/** Steps of other lengths: the leak over Δt is that of its parts. */
import { type NeuronModel, type Spike, type Tensor, type Tree, cast, key, tensor, treeMap } from '@spikeward/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  atan,
  leakyIntegrateAndFire,
  leakyIntegrator,
  parametricLeakyIntegrateAndFire,
  resonateAndFire,
  spike,
} from '../src/index.js'

const fire: Spike = spike(atan())
const interval = fc.double({ min: 0.05, max: 8, noNaN: true })
const membrane = fc.double({ min: -0.9, max: 0.9, noNaN: true })
const f64 = (value: number): Tensor => tensor([[value]], { dtype: 'f64' })

/** The state after inputs, each with the time since the step before. */
function after(model: NeuronModel, state: Tree, steps: readonly (readonly [input: number, elapsed: number])[]): Tree {
  const params = treeMap((t) => cast(t, 'f64'), model.init(key(0), 1))
  return steps.reduce((s, [input, dt]) => model.step(params, s, f64(input), fire, f64(dt)).state, state)
}

const value = async (state: Tree): Promise<number> => await (state as { readonly membrane: Tensor }).membrane.item()

test.each([
  ['leakyIntegrateAndFire', leakyIntegrateAndFire({ beta: 0.8, restMembrane: 0.1, reset: 'none', decayInput: true })],
  ['leakyIntegrator', leakyIntegrator({ beta: 0.7, decayInput: true })],
  ['leakyIntegrator that learns β', leakyIntegrator({ beta: 0.7, decayInput: true, learn: ['beta'] })],
  ['parametricLeakyIntegrateAndFire', parametricLeakyIntegrateAndFire({ tau: 3, reset: 'none' })],
] as const)('%s: one step of Δt under a current is two of Δt/2', async (_, model) => {
  await fc.assert(
    fc.asyncProperty(interval, membrane, membrane, async (dt, u, x) => {
      const start = { membrane: f64(u) }
      const [whole, halves] = [
        [[x, dt]],
        [
          [x, dt / 2],
          [x, dt / 2],
        ],
      ] as const
      expect(await value(after(model, start, halves))).toBeCloseTo(await value(after(model, start, whole)), 6)
    }),
    { numRuns: 30 },
  )
})

test('resonateAndFire: the oscillation over Δt is that of its parts', async () => {
  const model = resonateAndFire({ decay: 0.9, frequency: 0.7, threshold: 5 }) as NeuronModel
  await fc.assert(
    fc.asyncProperty(interval, membrane, membrane, membrane, async (dt, u, i, x) => {
      const start = { membrane: f64(u), current: f64(i) }
      const [whole, halves] = [
        [[x, dt]],
        [
          [x, dt / 2],
          [0, dt / 2],
        ],
      ] as const
      expect(await value(after(model, start, halves))).toBeCloseTo(await value(after(model, start, whole)), 6)
    }),
    { numRuns: 30 },
  )
})

test('a step of 1 is a step without a length, and β is exp(−1/τ)', async () => {
  const model = leakyIntegrateAndFire({ beta: Math.exp(-1 / 5), reset: 'none' })
  const start = { membrane: f64(0.6) }
  const plain = model.step({}, start, f64(0.2), fire).state
  expect(await value(after(model, start, [[0.2, 1]]))).toBeCloseTo(await value(plain), 12)
  expect(await value(after(model, start, [[0, 2.5]]))).toBeCloseTo(0.6 * Math.exp(-2.5 / 5), 12)
})
