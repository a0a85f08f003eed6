import { coordsFrom, jit, key, mean, square, sub, toOperatorTensors, treeLeaves, zeros } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { bp } from '@spikeward/estimators'
import {
  deepOnet,
  exactDerivatives,
  noDerivatives,
  pinn,
  sepOnet,
  steinDerivatives,
  withHardConditions,
} from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { meanRelativeL2, poisson1d, poissonPinn, reactionDiffusion, relativeL2 } from '@spikeward/problems'
import { describe, expect, it } from 'vitest'
import { asRegression, evaluate, evaluateOperator, fit, operatorTask, pinnTask } from '../src/index.js'
import type { PhysicsOptions } from '../src/index.js'
import { codeOf, collect } from './fixtures.js'

const problem = poisson1d({ sensors: 9, train: 12, validation: 5, test: 7, cells: 40 })
const smooth = { kind: 'smooth', hidden: [12] } as const
// Twelve functions at nine points need a trunk of small gain.
const trunk = { ...smooth, gain: 0.3 }
const network = deepOnet({ sensors: 9, axes: 1, features: 6, branch: smooth, trunk })
const hard = withHardConditions(network, problem.physics!.hard!)
const variables = network.init(key(0))
const values = async (t: Tensor): Promise<number[]> => [...(await t.data())]

describe('operatorTask', () => {
  it('without batches is the mean squared error over all functions and points', async () => {
    const task = await operatorTask({ network, problem })
    const data = task.data()
    expect([data.f.shape, data.u.shape, data.at.map((x) => x.shape)]).toEqual([[12, 9], [12, 9], [[9]]])
    const found = await task.objective(variables.trained, variables.fixed, data, key(1)).item()
    const expected = await mean(square(sub(network.apply(variables, data.f, coordsFrom(data.at)), data.u))).item()
    expect(found).toBeCloseTo(expected, 6)
  })

  it('draws functions and points from the key: some of them, on average all of them', async () => {
    const whole = await operatorTask({ network, problem })
    const task = await operatorTask({ network, problem, functions: 4, points: 3 })
    const data = task.data()
    const loss = jit((k: ReturnType<typeof key>) => task.objective(variables.trained, variables.fixed, data, k))
    const drawn = await Promise.all(Array.from({ length: 300 }, (_, i) => loss(key(i)).item()))
    expect(await loss(key(0)).item()).toBe(drawn[0])
    expect(new Set(drawn).size).toBeGreaterThan(250)
    const all = await whole.objective(variables.trained, variables.fixed, data, key(0)).item()
    const m = drawn.reduce((a, b) => a + b, 0) / drawn.length
    const error = Math.sqrt(drawn.reduce((a, b) => a + (b - m) ** 2, 0)) / drawn.length
    expect(Math.abs(m - all)).toBeLessThan(4 * error)
  })

  it('pairs each function with its own solution', async () => {
    // A network that returns f has no error if u is f.
    const same = {
      ...problem,
      data: async () => ({
        count: 3,
        sensors: new Float64Array(27).map((_, i) => i),
        values: new Float64Array(27).map((_, i) => i),
      }),
    }
    const copy = {
      ...network,
      encode: (_: Tree, f: Tensor) => f,
      decode: (_: Tree, z: Tensor) => z,
      apply: (_: Tree, f: Tensor) => f,
    }
    const task = await operatorTask({ network: copy, problem: same, functions: 2 })
    expect(await task.objective(variables.trained, variables.fixed, task.data(), key(3)).item()).toBe(0)
  })

  it('learns, from data and from the equation alone, and measures itself on unseen functions', async () => {
    const zero = async (physics: boolean): Promise<number> => {
      const task = await operatorTask({
        network: hard,
        problem,
        functions: 6,
        ...(physics ? { physics: { differentiate: exactDerivatives(), interior: 8 } } : {}),
      })
      const events = await collect(
        fit({ task, estimator: bp(), optimizer: adam(5e-3), key: 0, steps: 240, every: 240, validateEvery: 240 }),
      )
      const [validation] = events.filter((e) => e.type === 'validation')
      return validation!.relativeL2
    }
    // Predicting zero is an error of 1.
    expect(await zero(false)).toBeLessThan(0.4)
    expect(await zero(true)).toBeLessThan(0.5)
  })

  it('adds penalties for conditions only where the network does not satisfy them', async () => {
    const physics = { differentiate: exactDerivatives(), interior: [6], conditions: 2 }
    const loss = async (n: typeof hard, weights?: Record<string, number>): Promise<number> => {
      const task = await operatorTask({ network: n, problem, physics: { ...physics, ...(weights ? { weights } : {}) } })
      const v = n.init(key(0))
      return task.objective(v.trained, v.fixed, task.data(), key(1)).item()
    }
    const names = problem.physics!.conditions.map((c) => c.name)
    const heavy = Object.fromEntries(names.map((n) => [n, 100]))
    expect(await loss(hard, heavy)).toBe(await loss(hard))
    const soft = network as unknown as typeof hard
    expect(await loss(soft, heavy)).toBeGreaterThan(await loss(soft))
    await expect(loss(soft, { nowhere: 1 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  it('hybrid is the weighted sum of both', async () => {
    const physics = { differentiate: exactDerivatives(), interior: 5 }
    const of = async (o: object): Promise<number> => {
      const task = await operatorTask({ network, problem, ...o })
      return task.objective(variables.trained, variables.fixed, task.data(), key(2)).item()
    }
    const [data, equation] = [await of({}), await of({ physics })]
    expect(await of({ physics: { ...physics, weight: 0.5 }, data: 3 })).toBeCloseTo(3 * data + 0.5 * equation, 5)
  })

  it('makes derivatives anew from a key of the step, where they are made from one', async () => {
    const words: number[][] = []
    const pending: Promise<unknown>[] = []
    const from = (k: ReturnType<typeof key>) => {
      pending.push(values(k.words).then((w) => words.push(w)))
      return exactDerivatives()
    }
    const loss = async (differentiate: PhysicsOptions['differentiate'], step: number): Promise<number> => {
      const task = await operatorTask({ network, problem, physics: { differentiate, interior: 5 } })
      return task.objective(variables.trained, variables.fixed, task.data(), key(step)).item()
    }
    // With the same derivatives, the loss is the same: no other random number has changed.
    expect(await loss({ from }, 2)).toBe(await loss(exactDerivatives(), 2))
    await loss({ from }, 3)
    await Promise.all(pending)
    expect(words[0]).not.toEqual(words[1])
    const noisy = { from: (k: ReturnType<typeof key>) => steinDerivatives({ key: k, sigma: 0.1, samples: 1 }) }
    expect(await loss(noisy, 2)).toBe(await loss(noisy, 2))
    expect(await loss(noisy, 2)).not.toBe(await loss(noisy, 3))
  })

  it('takes random grids for separable networks', async () => {
    const two = reactionDiffusion({ train: 2, validation: 1, test: 1, sensors: 8, cells: 8 })
    const net = sepOnet({
      sensors: two.sensors.count,
      axes: 2,
      features: 3,
      branch: smooth,
      trunk: smooth,
      domain: two.domain,
    })
    const v = net.init(key(0))
    const task = await operatorTask({
      network: net,
      problem: two,
      physics: { differentiate: exactDerivatives(), interior: [4, 3] },
    })
    expect(Number.isFinite(await task.objective(v.trained, v.fixed, task.data(), key(0)).item())).toBe(true)
  })

  it('refuses what does not fit', async () => {
    const physics = { differentiate: noDerivatives(), interior: 4 }
    for (const o of [
      { functions: 13 },
      { points: 0 },
      { data: -1 },
      { data: 0 },
      { physics: { ...physics, interior: 0 } },
      { physics: { ...physics, interior: [2, 2] } },
    ])
      expect(await codeOf(() => operatorTask({ network, problem, ...o })), JSON.stringify(o)).toBe('INVALID_OPTION')
    expect(await codeOf(() => operatorTask({ network, problem: { ...problem, physics: null }, physics }))).toBe(
      'INVALID_OPTION',
    )
    const two = deepOnet({ sensors: 9, axes: 2, features: 2, branch: smooth, trunk: smooth })
    expect(await codeOf(() => operatorTask({ network: two, problem }))).toBe('SHAPE_MISMATCH')
    const task = await operatorTask({ network, problem, physics })
    expect(await codeOf(() => task.objective(variables.trained, variables.fixed, task.data(), key(0)))).toBe(
      'NO_DERIVATIVES',
    )
  })
})

describe('evaluateOperator', () => {
  it('gives both errors, in any batch size', async () => {
    const data = await problem.data('test')
    const tensors = toOperatorTensors(problem, data)
    const expected = Float64Array.from(await values(network.apply(variables, tensors.f, coordsFrom(tensors.at))))
    for (const batch of [1, 3, 7, 64]) {
      const e = await evaluateOperator(network, variables, problem, data, { batch })
      e.prediction.forEach((p, i) => expect(p).toBeCloseTo(expected[i]!, 5))
      expect(e.relativeL2Pooled).toBeCloseTo(relativeL2(expected, data.values), 5)
      expect(e.relativeL2).toBeCloseTo(meanRelativeL2(expected, data.values, data.count), 5)
      expect(e.perFunction).toHaveLength(7)
    }
    expect(await codeOf(() => evaluateOperator(network, variables, problem, data, { batch: 0 }))).toBe('INVALID_OPTION')
    const wide = deepOnet({ sensors: 9, axes: 1, features: 2, outputs: 2, branch: smooth, trunk: smooth })
    expect(await codeOf(() => evaluateOperator(wide, wide.init(key(0)), problem, data))).toBe('SHAPE_MISMATCH')
  })
})

describe('asRegression', () => {
  it('gives a column, so that targets [n, 1] do not broadcast against a row', () => {
    const net = pinn({ axes: 2, block: { kind: 'smooth', hidden: [3] } })
    expect(asRegression(net).apply(net.init(key(0)), zeros([5, 2])).shape).toEqual([5, 1])
  })
})

describe('pinnTask', () => {
  it('solves an equation without data', async () => {
    const pinned = poissonPinn()
    const net = pinn({ axes: 1, block: { kind: 'smooth', hidden: [16] }, domain: pinned.domain })
    const held = withHardConditions(net, pinned.physics.hard!)
    const task = pinnTask({
      network: held,
      problem: pinned,
      physics: { differentiate: exactDerivatives(), interior: 32 },
    })
    const events = await collect(fit({ task, estimator: bp(), optimizer: adam(1e-2), key: 0, steps: 400, every: 400 }))
    const end = events.find((e) => e.type === 'end')!
    const { relativeL2: error } = await evaluate(asRegression(held), end.variables, pinned.points('test'))
    expect(error).toBeLessThan(0.2)
    treeLeaves(end.variables).forEach((t) => t.dispose())
  })
})
