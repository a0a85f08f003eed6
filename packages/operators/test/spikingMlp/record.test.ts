import { describe, expect, test } from 'vitest'
import { add, collect, jit, key, neuronsOf, normal, sub } from '@spikeward/core'
import type { Coords, LayerRecord, OperatorNetwork, Tensor, Tree } from '@spikeward/core'
import { atan, izhikevich, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import {
  amplitude,
  deepOnet,
  pinn,
  sepOnet,
  spikingMlp,
  vanishing,
  withAmplitude,
  withHardConditions,
  withPhysics,
} from '@spikeward/operators'

const T = 6
const neuron = leakyIntegrateAndFire({ beta: 0.9 })

/** Mean over time and samples of spikes [T, N, n]. */
async function meansOf({ spikes }: LayerRecord): Promise<number[]> {
  const [time, samples, n] = spikes.shape as [number, number, number]
  const values = await spikes.data()
  const sums = new Array<number>(samples * n).fill(0)
  for (let i = 0; i < values.length; i++) sums[i % (samples * n)]! += Number(values[i]) / time
  return sums
}

const close = (found: readonly number[], expected: ArrayLike<number | bigint>): void => {
  expect(found.length).toBe(expected.length)
  found.forEach((x, i) => expect(x).toBeCloseTo(Number(expected[i]), 5))
}

describe('record of a spiking MLP', () => {
  test.each([
    ['plain', { neuron, residual: false }],
    ['residual', { neuron, residual: true }],
    ['of standardised weights', { neuron, residual: false, standardiseWeights: true }],
    ['of neurons with two states', { neuron: izhikevich(), residual: false }],
  ])('%s: the means over time are the rates that the readout and the layers above receive', async (_, o) => {
    const network = spikingMlp({ inputs: 2, outputs: 1, hidden: [5, 5, 5], time: T, spike: spike(atan()), ...o })
    const variables = network.init(key(3))
    const x = normal(key(1), [4, 2])
    const run = (v: typeof variables, at: Tensor) => neuronsOf((own: typeof variables) => network.apply(own, at))(v)
    const found = jit(run)(variables, x)
    expect(Object.keys(found)).toEqual([0, 1, 2].map((l) => `trained.layers.${l}.weight`))
    const layers = Object.values(found)
    expect(layers.map((l) => l.spikes.shape)).toEqual([1, 2, 3].map(() => [T, 4, 5]))
    expect(layers.map((l) => (l.membranes as Tensor).shape)).toEqual([1, 2, 3].map(() => [T, 4, 5]))
    const { trained, fixed } = variables
    const [, inputs] = collect((p: typeof trained) => network.apply({ trained: p, fixed }, x))(trained)
    close(await meansOf(layers[0]!), await inputs['layers.1.weight']!.data())
    close(await meansOf(layers[1]!), await inputs['layers.2.weight']!.data())
    close(await meansOf(layers[2]!), await add(inputs['readout.weight']!, fixed.centre).data())
  })
})

test('steps in chunks, with some left over, are the same record', async () => {
  const [whole, chunked] = [T, 4].map((chunk) => {
    const network = spikingMlp({
      inputs: 2,
      outputs: 1,
      hidden: [5, 5, 5],
      time: T,
      spike: spike(atan()),
      neuron,
      residual: true,
      chunk,
    })
    return neuronsOf((v: Tree) => network.apply(v as ReturnType<typeof network.init>, normal(key(1), [4, 2])))(
      network.init(key(3)),
    )
  })
  expect(Object.keys(chunked!)).toEqual(Object.keys(whole!))
  for (const [id, { spikes, membranes }] of Object.entries(whole!)) {
    expect(await chunked![id]!.spikes.data()).toEqual(await spikes.data())
    expect(await (chunked![id]!.membranes as Tensor).data()).toEqual(await (membranes as Tensor).data())
  }
})

describe('record of an operator network', () => {
  const block = { kind: 'spiking', neuron, surrogate: atan(), time: T, hidden: [4] } as const
  const sizes = { sensors: 3, axes: 2, features: 5, branch: block, trunk: block }
  const f = normal(key(5), [7, 3])
  const at: Coords = { kind: 'points', x: normal(key(6), [9, 2]) }
  const grid: Coords = { kind: 'grid', axes: [normal(key(7), [5]), normal(key(8), [6])] }

  test.each<[string, OperatorNetwork<Tree, Tree>, Coords, number[]]>([
    ['deepOnet', deepOnet(sizes), at, [9]],
    ['sepOnet', sepOnet({ ...sizes, rank: 2 }), grid, [5, 6]],
    [
      'deepOnet in wrappers',
      withHardConditions(withAmplitude(deepOnet(sizes), amplitude({ unit: 1 })), vanishing({ axis: 0, at: [0, 1] })),
      at,
      [9],
    ],
  ] as [string, OperatorNetwork<Tree, Tree>, Coords, number[]][])(
    '%s: branch and trunks',
    (_, network, where, rows) => {
      const variables = network.init(key(2))
      const found = neuronsOf((v: Tree) => network.apply(v, f, where))(variables)
      expect(Object.values(found).map((l) => l.spikes.shape)).toEqual([7, ...rows].map((n) => [T, n, 4]))
    },
  )

  test('with unknown coefficients it is that of the network itself', async () => {
    const plain = pinn({ axes: 2, block })
    const network = withPhysics(plain, { hard: vanishing({ axis: 0, at: [0, 1] }), unknown: { k: 1 } })
    const mine = neuronsOf((v: ReturnType<typeof plain.init>) => plain.apply(v, null, at))(plain.init(key(2)))
    const theirs = neuronsOf((v: ReturnType<typeof network.init>) => network.apply(v, null, at))(network.init(key(2)))
    const path = 'block.layers.0.weight'
    const [own, wrapped] = [mine[`trained.${path}`]!, theirs[`trained.network.${path}`]!]
    expect(await wrapped.spikes.data()).toEqual(await own.spikes.data())
  })

  test('a smooth block shows none, and a network that is evaluated twice both evaluations', () => {
    const of = (network: typeof spiking) =>
      Object.values(neuronsOf((v: ReturnType<typeof network.init>) => network.apply(v, null, at))(network.init(key(2))))
    const spiking = pinn({ axes: 2, block, odd: [0] })
    expect(of(pinn({ axes: 2, block: { kind: 'smooth', hidden: [4] } }))).toEqual([])
    expect(of(spiking).map((l) => l.spikes.shape)).toEqual([1, 2].map(() => [T, 9, 4]))
  })

  test('an amplitude is divided out before the branch', async () => {
    const plain = deepOnet(sizes)
    const network = withAmplitude(plain, amplitude({ unit: 1 }))
    const variables = plain.init(key(2))
    const [own, twice] = [f, add(f, f)].map(
      (g) => Object.values(neuronsOf((v: typeof variables) => network.encode(v, g))(variables))[0]!.spikes,
    )
    const off = await sub(own!, twice!).data()
    expect([...off].every((d) => d === 0)).toBe(true)
  })
})
