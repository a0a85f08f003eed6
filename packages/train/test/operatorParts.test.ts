import { arange, key, layersOf, mean, sub, treeFlatten, treeLeaves, treeMap, treePaths, vmap } from '@spikeward/core'
import type { Loss, OperatorNetwork, OperatorProblem, Tensor, Tree } from '@spikeward/core'
import {
  activity,
  beside,
  bp,
  eligibility,
  exactReadout,
  gaussNewton,
  perBlock,
  rateBackpropagation,
  rfg,
} from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import {
  amplitude,
  deepOnet,
  exactDerivatives,
  fourierOperator,
  sepOnet,
  withAmplitude,
  withHardConditions,
} from '@spikeward/operators'
import { sgd } from '@spikeward/optim'
import { poisson1d, reactionDiffusion } from '@spikeward/problems'
import { describe, expect, it } from 'vitest'
import {
  type OperatorTaskOptions,
  type Variables,
  evaluateOperator,
  fit,
  meanRelativeError,
  operatorTask,
} from '../src/index.js'
import { collect } from './fixtures.js'

const poisson = poisson1d({ sensors: 7, train: 9, validation: 3, test: 3, cells: 40 })
const reaction = reactionDiffusion({ train: 6, validation: 2, test: 2, sensors: 8, points: 5, cells: 8 })
const spiking = { kind: 'spiking', neuron: leakyIntegrateAndFire({ beta: 1 }), surrogate: atan(), time: 8 } as const
const smooth = { kind: 'smooth', hidden: [5] } as const
const blocks = { branch: { ...spiking, hidden: [6] }, features: 4, dtype: 'f64' } as const
const deep = deepOnet({ ...blocks, sensors: 7, axes: 1, trunk: { ...spiking, hidden: [5] } })
const separable = sepOnet({ ...blocks, sensors: 8, axes: 2, trunk: smooth, domain: reaction.domain })

type Any = OperatorNetwork<Variables, Tensor>
type Options = Omit<OperatorTaskOptions<Tree, Tree, Tensor>, 'network'> & { readonly network: unknown }

/** The loss of one step, and the learned variables at which it is evaluated. */
async function stepOf(options: Options): Promise<{ loss: Loss<Tree>; params: Tree }> {
  const network = options.network as Any
  const task = await operatorTask({ dtype: 'f64', ...options, network })
  const { trained, fixed } = network.init(key(4))
  const data = task.data()
  const loss = (p: Tree): Tensor => task.objective(p, fixed, data, key(5))
  return { loss: task.parts ? Object.assign(loss, { parts: task.parts(fixed, data, key(5)) }) : loss, params: trained }
}

const numbers = async (tree: Tree): Promise<number[]> =>
  (await Promise.all(treeLeaves(tree).map(async (t) => [...(await t.data())]))).flat()
const gradient = (e: ReturnType<typeof bp>, { loss, params }: { loss: Loss<Tree>; params: Tree }): Tree =>
  e.estimate(loss, params, {}, { key: key(6) }).grad
const close = async (a: Tree, b: Tree, digits = 9): Promise<void> => {
  const expected = await numbers(b)
  ;(await numbers(a)).forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, digits))
}

const cases: readonly (readonly [string, Options])[] = [
  ['a DeepONet, all functions', { network: deep, problem: poisson }],
  ['a DeepONet, functions and points drawn', { network: deep, problem: poisson, functions: 4, points: 3 }],
  ['hard conditions', { network: withHardConditions(deep, poisson.physics!.hard!), problem: poisson, data: 2 }],
  ['a SepONet on its grid', { network: separable, problem: reaction }],
  ['a SepONet at points', { network: separable, problem: reaction, points: 6 }],
  ['an amplitude divided out', { network: withAmplitude(deep, amplitude({ unit: 0.7 })), problem: poisson, data: 2 }],
]

describe('the parts of an operator task', () => {
  it.each(cases)('of %s: every view is the same loss', async (_, options) => {
    const { loss, params } = await stepOf(options)
    const expected = await loss(params).item()
    const views = [loss.parts!, ...loss.parts!.others!]
    const owned = views.flatMap(({ samples, forward, input }) =>
      layersOf(forward, params, input)
        .filter((l) => l.arguments.includes(0) && l.shape[0] === samples)
        .flatMap((l) => [...l.weight, ...l.bias]),
    )
    expect([...owned].sort()).toEqual(
      treePaths(params)
        .filter((path) => path !== 'bias')
        .sort(),
    )
    for (const { samples, forward, input, head, residuals } of views) {
      const output = forward(params, input)
      const losses = await numbers(head(output))
      expect(losses).toHaveLength(samples)
      expect(losses.reduce((a, b) => a + b, 0) / samples).toBeCloseTo(expected, 10)
      const r = await numbers(residuals!(output))
      expect(r.reduce((a, b) => a + b * b, 0) / r.length).toBeCloseTo(expected, 10)
    }
  })

  it.each(cases)('of %s: eligibility is the gradient, forward only', async (_, options) => {
    const step = await stepOf(options)
    await close(gradient(eligibility(), step), gradient(bp(), step))
  })

  it.each(cases)('of %s: rate back-propagation is the gradient for one hidden layer per side', async (_, options) => {
    const step = await stepOf(options)
    const e = rateBackpropagation()
    const { grad } = e.estimate(step.loss, step.params, e.init(step.params), { key: key(6) })
    await close(grad, gradient(bp(), step))
  })

  it.each(['weights', 'weightMirror'] as const)(
    'rate back-propagation passes errors down both sides of deep networks, by %s',
    async (transport) => {
      const both = { branch: { ...spiking, hidden: [12, 12, 12] }, features: 6, dtype: 'f64' } as const
      const nets: Options[] = [
        {
          network: deepOnet({ ...both, sensors: 7, axes: 1, trunk: { ...spiking, hidden: [12, 12] } }),
          problem: poisson,
        },
        {
          network: sepOnet({
            ...{ ...both, sensors: 8, axes: 2, domain: reaction.domain },
            trunk: { ...spiking, hidden: [12, 12] },
          }),
          problem: reaction,
        },
      ]
      for (const options of nets) {
        const step = await stepOf(options)
        const e = rateBackpropagation({ transport })
        const { grad, stats } = e.estimate(step.loss, step.params, e.init(step.params), { key: key(6) })
        const truth = treeLeaves(gradient(bp(), step))
        for (const [i, g] of treeLeaves(grad).entries()) {
          const [a, b] = [await numbers(g), await numbers(truth[i]!)]
          const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((s, v, j) => s + v * y[j]!, 0)
          if (dot(b, b) > 0) expect(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))).toBeGreaterThan(0.9)
        }
        expect(await stats.forwardEquivalents.item()).toBe(2)
      }
    },
  )

  it.each([
    ['of the equation', {}],
    ['of equation and data', { data: 3 }],
  ])('eligibility is the gradient %s, in the branch', async (_, more) => {
    const network = deepOnet({ ...blocks, dtype: 'f32', sensors: 7, axes: 1, trunk: smooth })
    const physics = { differentiate: exactDerivatives(), interior: 5, conditions: 2, weight: 0.5 }
    const step = await stepOf({ network, problem: poisson, physics, dtype: 'f32', ...more })
    expect(step.loss.parts!.others).toEqual([])
    const each = perBlock({ branch: eligibility(), trunk: bp(), bias: bp() })
    const state = each.init(step.params)
    const { grad, value } = each.estimate(step.loss, step.params, state, { key: key(6) })
    await close(grad, gradient(bp(), step), 4)
    expect(await value.item()).toBeCloseTo(await step.loss(step.params).item(), 4)
    await close(gradient(eligibility(), step), gradient(bp(), step), 4)
    await close(gradient(beside(eligibility(), bp()), step), gradient(bp(), step), 4)
  })

  it('activity has the gradient for its mean', async () => {
    const step = await stepOf({ network: deep, problem: poisson })
    const truth = gradient(bp(), step)
    const runs = 500
    const each = vmap((i: Tensor) => {
      const { grad } = activity().estimate(step.loss, step.params, {}, { key: key(8).fold(i) })
      return treeMap(sub, grad, truth)
    })(arange(runs, 'u32'))
    const total = async (t: Tree): Promise<number> => (await numbers(t)).reduce((a, b) => a + b * b, 0)
    const [bias, square] = [await total(treeMap((t) => mean(t, 0), each)), (await total(each)) / runs]
    // A factor of 2 in the estimate would be detected.
    expect((4 * square) / runs).toBeLessThan(0.1 * (await total(truth)))
    expect(bias).toBeLessThan((4 * square) / runs)
    expect(square).toBeGreaterThan(0.01 * (await total(truth)))
  })

  it('exactReadout makes the readouts of branch and trunk exact', async () => {
    const step = await stepOf({ network: deep, problem: poisson })
    type Grad = { readonly branch: { readonly readout: Tree }; readonly trunk: { readonly readout: Tree } }
    const found = gradient(exactReadout(rfg()), step) as Grad
    const truth = gradient(bp(), step) as Grad
    await close(found.branch.readout, truth.branch.readout)
    await close(found.trunk.readout, truth.trunk.readout)
    const { stats } = exactReadout(rfg()).estimate(step.loss, step.params, {}, { key: key(1) })
    expect(await stats.forwardEquivalents.item()).toBe(4)
  })

  it('gaussNewton lowers the loss, side by side', async () => {
    const problem = poisson
    const task = await operatorTask({ network: deep, problem, dtype: 'f64' })
    const estimator = perBlock({ branch: gaussNewton(), trunk: gaussNewton(), bias: bp() })
    const events = await collect(fit({ task, estimator, optimizer: sgd(0.5), key: 0, steps: 8, every: 1 }))
    const losses = events.flatMap((e) => (e.type === 'metrics' ? [e.loss] : []))
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 3)
  })

  it('of the relative error are the error of each function, which evaluation reports', async () => {
    const network = fourierOperator({ grid: [poisson.sensors.count], layers: 2, channels: 3, modes: 2, dtype: 'f64' })
    const problem: OperatorProblem = { ...poisson, at: { kind: 'grid', axes: [poisson.sensors.x] } }
    const own: OperatorProblem['data'] = async (split) => {
      const { count, sensors } = await poisson.data(split)
      return { count, sensors, values: sensors.map((v) => v * v) }
    }
    const options = { network, problem: { ...problem, data: own }, loss: meanRelativeError }
    const { loss, params } = await stepOf(options)
    const { forward, head, input } = loss.parts!
    const each = await numbers(head(forward(params, input)))
    const { fixed } = network.init(key(4))
    const { perFunction } = await evaluateOperator(network, { trained: params, fixed }, problem, await own('train'))
    each.forEach((error, n) => expect(error).toBeCloseTo(perFunction[n]!, 2))
    expect(await loss(params).item()).toBeCloseTo(each.reduce((a, b) => a + b) / each.length, 9)
    await close(
      gradient(rateBackpropagation() as unknown as ReturnType<typeof bp>, { loss, params }),
      gradient(bp(), { loss, params }),
    )
    expect(loss.parts!.residuals).toBeNull()
  })

  it('are absent for a custom loss', async () => {
    const own = (prediction: Tensor): Tensor => treeFlatten(prediction).leaves[0]!
    expect((await operatorTask({ network: deep, problem: poisson, loss: own })).parts).toBeUndefined()
    expect((await operatorTask({ network: deep, problem: poisson })).parts).toBeDefined()
  })
})
