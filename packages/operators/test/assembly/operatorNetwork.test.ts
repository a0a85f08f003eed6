/** Operator networks made from a problem and its training functions. */
import { coordsFrom, isDeclared, key, mul, relativeL2, sub, tensor, toOperatorTensors } from '@spikeward/core'
import type { Declared, OperatorData, OperatorProblem, Tensor } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import * as operators from '../../src/index.js'
import { spiking, values } from '../operatorFixtures.js'

const { amplitudeTreatments, blockOf, deepOnet, mioNet, operatorNetwork, podDeepOnet, prepareOperator, sepOnet } =
  operators
const { kind: _, hidden: _h, ...units } = spiking(1)
const nodes = Float64Array.of(0, 0.25, 0.5, 0.75, 1)
const places = Float64Array.of(0, 0.2, 0.4, 0.6, 0.8, 1)
/** f = c sin(πkx) at the nodes, and u = f/(πk)² at the places: −u″ = f, u = 0 at both ends. */
function data(count: number): OperatorData {
  const rows = Array.from({ length: count }, (_unused, i) => ({ c: 1 + 0.1 * i, k: 1 + (i % 3) }))
  const at = (x: Float64Array, scaled: boolean): number[] =>
    rows.flatMap(({ c, k }) => [...x].map((v) => (c * Math.sin(Math.PI * k * v)) / (scaled ? (Math.PI * k) ** 2 : 1)))
  return { count, sensors: Float64Array.from(at(nodes, false)), values: Float64Array.from(at(places, true)) }
}

const train = data(12)
const problem: OperatorProblem = {
  kind: 'operator',
  name: 'sines',
  axes: ['x'],
  domain: [[0, 1]],
  outputs: 1,
  sensors: { x: nodes, count: nodes.length, axes: 1, grid: [nodes.length] },
  at: { kind: 'grid', axes: [places] },
  sizes: { train: 12, validation: 12, test: 12 },
  data: () => Promise.resolve(train),
  generator: null,
  physics: {
    equation: '-d2u = f',
    order: [2],
    // Only the output transform of the equation is read.
    interior: {} as never,
    residual: (u, f, c) => sub(f, u.at(c)),
    conditions: [],
    hard: {
      satisfies: ['u = 0 at both ends'],
      apply: (raw: Tensor, _f, c) => {
        const x = c.kind === 'grid' ? c.axes[0]! : c.x
        return mul(raw, mul(4, mul(x, sub(1, x))))
      },
    },
  },
}

const sizes = { units, branch: [6], trunk: [5], features: 3 }
/** All networks of the package that learn operators. */
const factories = Object.values(operators).filter((f): f is Extract<typeof f, Declared<object>> => {
  if (!isDeclared(f, 'network')) return false
  return String(f.declaration.facts['learns']).startsWith('operators')
})

describe.each(factories.map((f) => [f.declaration.name, f as Declared<object>] as const))('%s', (_name, factory) => {
  it.each(['plain', 'modified'] as const)('is made of %s blocks, and has the field of the problem', async (form) => {
    const prepared = await prepareOperator(problem, train, factory)
    const { network } = operatorNetwork(prepared, { ...sizes, form })
    const { f, at } = toOperatorTensors(problem, train)
    expect(network.apply(network.init(key(0)), f, coordsFrom(at)).shape).toEqual([12, 6])
  })

  it('satisfies the hard conditions if it learns its trunk, unless they are left out', async () => {
    const learns = Object.hasOwn(factory.declaration.options, 'trunk')
    const ends = async (hard: boolean): Promise<number[]> => {
      const prepared = await prepareOperator(problem, train, factory, { hard })
      expect(prepared.transform?.satisfies ?? []).toEqual(hard && learns ? ['u = 0 at both ends'] : [])
      const { network } = operatorNetwork(prepared, sizes)
      const { f } = toOperatorTensors(problem, train)
      const field = network.apply(network.init(key(1)), f, { kind: 'grid', axes: [tensor([0, 1])] })
      return values(field)
    }
    if (learns) {
      expect((await ends(true)).every((v) => v === 0)).toBe(true)
      expect((await ends(false)).some((v) => v !== 0)).toBe(true)
    } else await ends(true)
  })

  it('is homogeneous where the amplitude is divided out', async () => {
    const prepared = await prepareOperator(problem, train, factory, { amplitude: amplitudeTreatments.divide })
    const { network } = operatorNetwork(prepared, sizes)
    const { f, at } = toOperatorTensors(problem, train)
    const [one, three] = await Promise.all(
      [f, mul(f, 3)].map((x) => values(network.apply(network.init(key(2)), x, coordsFrom(at)))),
    )
    three!.forEach((v, i) => expect(v).toBeCloseTo(3 * one![i]!, 4))
  })

  it('solves its readouts if it shows its features: the error on the training functions falls', async () => {
    const prepared = await prepareOperator(problem, train, factory, { amplitude: amplitudeTreatments.divide })
    const { inner, network, solve, path, solvePhysics } = operatorNetwork(prepared, sizes)
    expect(solve !== null).toBe('branchFeatures' in inner || 'trunkFeatures' in inner)
    expect(path !== null).toBe(solve !== null)
    expect(solvePhysics !== null).toBe('branchFeatures' in inner && factory !== (podDeepOnet as Declared<object>))
    if (solve === null || path === null) return
    const variables = network.init(key(3))
    const tensors = toOperatorTensors(problem, train)
    const errorOf = async (trained: (typeof variables)['trained']): Promise<number> => {
      const field = network.apply({ ...variables, trained }, tensors.f, coordsFrom(tensors.at))
      return relativeL2(await values(field), train.values)
    }
    const solved = solve({ lambda: 1e-4 }).run(variables, tensors, 'f64')
    const [strong, same] = path([1e3, 1e-4])(variables, tensors, 'f64')
    expect(await errorOf(solved)).toBeLessThan(await errorOf(variables.trained))
    expect(await errorOf(same!)).toBeCloseTo(await errorOf(solved), 6)
    expect(await errorOf(strong!)).toBeGreaterThan(await errorOf(solved))
  })
})

describe('prepareOperator', () => {
  it('measures the output scale within the output transform', async () => {
    const { output } = await prepareOperator(problem, train, deepOnet)
    const hard = problem.physics!.hard!
    expect(output).toEqual(await operators.standardiseHardOutputs(toOperatorTensors(problem, train), hard))
    expect((await prepareOperator(problem, train, podDeepOnet)).output).toEqual(operators.standardiseOutputs(train))
  })

  it('tells a branch the amplitude in one more column', async () => {
    const amplitude = amplitudeTreatments.tell
    const { told, train: received, branchInput } = await prepareOperator(problem, train, sepOnet, { amplitude })
    expect([told, received.sensors.length, (branchInput.shift as number[]).length]).toEqual([1, 12 * 6, 6])
    await expect(prepareOperator(problem, train, mioNet, { amplitude })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('mioNet has a branch for each input function') as string,
    })
  })

  it('gives each of several input functions its own mean and deviation', async () => {
    const functions = [
      { name: 'a', count: 2 },
      { name: 'b', count: 3 },
    ]
    const several = { ...problem, sensors: { ...problem.sensors, functions } }
    const { branchInput } = await prepareOperator(several, train, deepOnet)
    const shifts = branchInput.shift as readonly number[]
    expect(shifts).toHaveLength(5)
    expect(new Set(shifts).size).toBe(2)
    const { inner } = operatorNetwork(await prepareOperator(several, train, mioNet), sizes)
    expect(Object.keys(inner.init(key(0)).trained)).toEqual(expect.arrayContaining(['branches', 'trunk']))
  })
})

describe('operatorNetwork', () => {
  it('lets further options and the components of a checkpoint decide', async () => {
    const prepared = await prepareOperator(problem, train, deepOnet)
    const components = operators.principalComponents(train.sensors, train.count, 2)
    const given = { ...components, mean: components.mean.map((v) => v + 1) }
    const withThem = (own: typeof components | null) => {
      const { network } = operatorNetwork(prepared, { ...sizes, components: own }, { components: 2 })
      return network.init(key(0))
    }
    const meanOf = async (variables: ReturnType<typeof withThem>): Promise<number[]> => {
      const { branch } = variables.fixed as unknown as { branch: { components: { mean: Tensor } } }
      return values(branch.components.mean)
    }
    expect(await meanOf(withThem(null))).not.toEqual(await meanOf(withThem(given)))
    expect(() => operatorNetwork(prepared, sizes, { layers: 3 })).toThrow(/no option 'layers'/)
  })
})

describe('blockOf', () => {
  it('spikes or is smooth, in both forms', () => {
    expect(blockOf(units, 'plain', [4], true)).toMatchObject({ kind: 'spiking', hidden: [4], time: 6 })
    expect(blockOf(units, 'plain', [4], false)).toEqual({ kind: 'smooth', hidden: [4] })
    expect(blockOf(units, 'modified', [4, 4], true)).toMatchObject({ kind: 'modified', activation: units })
    expect(blockOf(units, 'modified', [4, 4], false)).toEqual({ kind: 'modified', hidden: [4, 4] })
  })
})
