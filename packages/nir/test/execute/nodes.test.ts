import { describe, expect, test } from 'vitest'
import { key, tensor } from '@spikeward/core'
import { type NirGraph, type NirNetworkOptions, type NirNode, doubles, nirNetwork } from '@spikeward/nir'
import { chain, node } from '../fixtures.js'

/** Outputs of the first neuron for its inputs over time. */
async function run(
  graph: NirGraph,
  inputs: readonly number[],
  options: NirNetworkOptions = { dt: 1 },
): Promise<number[]> {
  const network = nirNetwork(graph, { dtype: 'f64', ...options })
  const x = tensor(
    inputs.map((v) => [[v]]),
    { dtype: 'f64' },
  )
  return [...(await network.simulate(network.init(key(0)), x).data())].map(Number)
}

const noted = (one: NirNode, metadata: NirNode['metadata']): NirNode => ({ ...one, metadata })
const integrate = node('IF', { r: [1], v_threshold: [1], v_reset: [0] })

test('a delay hands its signal on after a whole number of steps', async () => {
  expect(await run(chain(1, node('Delay', { delay: [2] })), [1, 2, 3, 4])).toEqual([0, 0, 1, 2])
  expect(await run(chain(1, node('Delay', { delay: [0] })), [1, 2])).toEqual([1, 2])
  await expect(run(chain(1, node('Delay', { delay: [0.5] })), [1])).rejects.toThrow('NIR_DELAY')
})

test('delays may differ between elements', async () => {
  const network = nirNetwork(chain(2, node('Delay', { delay: [0, 2] })), { dt: 1, dtype: 'f64' })
  const x = tensor([[[1, 1]], [[2, 2]], [[3, 3]]], { dtype: 'f64' })
  expect([...(await network.simulate(network.init(key(0)), x).data())]).toEqual([1, 0, 2, 0, 3, 1])
})

test('a long delay is refused before its signals are kept, and many elements are delayed', async () => {
  for (const seconds of [1e9, 1e15])
    await expect(run(chain(1, node('Delay', { delay: [seconds] })), [1])).rejects.toThrow('NIR_LIMIT')
  const many = 200_000
  const { shapes } = nirNetwork(chain(many, node('Delay', { delay: Array.from({ length: many }, () => 0) })), { dt: 1 })
  expect(shapes.output).toEqual([many])
  // 1 s of 512 neurons at 0.1 ms.
  const long = Array.from({ length: 512 }, () => 1)
  expect(nirNetwork(chain(512, node('Delay', { delay: long })), { dt: 1e-4 }).shapes.output).toEqual([512])
})

test('an integrator adds its input', async () => {
  expect(await run(chain(1, node('I', { r: [2] })), [1, 1, 0.5], { dt: 0.5 })).toEqual([1, 2, 2.5])
})

test('a leaky integrator approaches its leak potential plus R times its input', async () => {
  const leaky = node('LI', { tau: [4], r: [2], v_leak: [1] })
  // v ← v + (1/4)((1 − v) + 2x), from the leak potential.
  expect(await run(chain(1, leaky), [2, 0, 1])).toEqual([2, 1.75, 2.0625])
})

test('a synapse filters the input of a leaky integrator, whose membrane sees the current of the same step', async () => {
  const leaky = node('CubaLI', { tau_syn: [2], tau_mem: [4], r: [2], v_leak: [0], w_in: [3] })
  // i ← i + (1/2)(3x − i): 3, 1.5, 0.75;  v ← v + (1/4)(2i − v)
  expect(await run(chain(1, leaky), [2, 0, 0])).toEqual([1.5, 1.875, 1.78125])
})

test('a linear map has no bias, and columns are inputs', async () => {
  const linear: NirNode = { type: 'Linear', parameters: { weight: doubles([2, 3], [1, 2, 3, 4, 5, 6]) }, metadata: {} }
  const graph: NirGraph = {
    type: 'NIRGraph',
    nodes: { in: node('Input', { shape: [3] }), linear, out: node('Output', { shape: [2] }) },
    edges: [
      ['in', 'linear'],
      ['linear', 'out'],
    ],
    metadata: {},
  }
  const network = nirNetwork(graph, { dt: 1, dtype: 'f64' })
  const x = tensor([[[1, 10, 100]]], { dtype: 'f64' })
  expect([...(await network.simulate(network.init(key(0)), x).data())]).toEqual([321, 654])
})

test('signals of several edges to a node are added', async () => {
  const two = node('Scale', { scale: [2] })
  const graph = chain(1, two, node('Scale', { scale: [1] }))
  expect(await run({ ...graph, edges: [...graph.edges, ['n0', 'n2']] }, [1, 5])).toEqual([3, 15])
})

test('an edge that closes a cycle arrives a step later', async () => {
  const graph = chain(1, node('Scale', { scale: [1] }), node('Scale', { scale: [0.5] }))
  expect(await run({ ...graph, edges: [...graph.edges, ['n2', 'n1']] }, [1, 0, 0])).toEqual([0.5, 0.25, 0.125])
})

test('axes are joined', async () => {
  const flatten: NirNode = {
    type: 'Flatten',
    parameters: { start_dim: doubles([], [0]), end_dim: doubles([], [-1]) },
    metadata: {},
  }
  const graph: NirGraph = {
    type: 'NIRGraph',
    nodes: { in: node('Input', { shape: [2, 3] }), flatten, out: node('Output', { shape: [6] }) },
    edges: [
      ['in', 'flatten'],
      ['flatten', 'out'],
    ],
    metadata: {},
  }
  const network = nirNetwork(graph)
  expect(network.shapes).toEqual({ input: [2, 3], output: [6] })
})

describe('resets', () => {
  test('the standard sets the membrane to v_reset', async () => {
    expect(await run(chain(1, integrate), [0.6, 0.6, 0.6, 0.6])).toEqual([0, 1, 0, 1])
  })
  test('subtract subtracts the threshold', async () => {
    expect(await run(chain(1, noted(integrate, { spikeward_reset: 'subtract' })), [0.6, 0.6, 0.6, 0.6])).toEqual([
      0, 1, 0, 1,
    ])
    expect(await run(chain(1, noted(integrate, { spikeward_reset: 'subtract' })), [1.6, 0.6, 0.6])).toEqual([1, 1, 0])
  })
  test('none leaves it', async () => {
    expect(await run(chain(1, noted(integrate, { spikeward_reset: 'none' })), [0.6, 0.6, 0, 0])).toEqual([0, 1, 1, 1])
  })
  test('delayed, the leak acts on the membrane before the threshold is taken off', async () => {
    const leaky = node('LIF', { tau: [2], r: [2], v_leak: [0], v_threshold: [1], v_reset: [0] })
    const delayed = noted(leaky, { spikeward_reset: 'subtract', spikeward_reset_delayed: 'true' })
    const immediate = noted(leaky, { spikeward_reset: 'subtract' })
    // u = 3; delayed 1.5 + 0.6 − 1 = 1.1, immediate (3 − 1)/2 + 0.6 = 1.6; then 0.55 + 0.3 − 1 and 0.3 + 0.3.
    expect(await run(chain(1, delayed), [3, 0.6, 0.3, 1.1])).toEqual([1, 1, 0, 1])
    expect(await run(chain(1, immediate), [3, 0.6, 0.3, 1.1])).toEqual([1, 1, 0, 1])
    expect(await run(chain(1, delayed), [3, 0.45])).toEqual([1, 0])
    expect(await run(chain(1, immediate), [3, 0.45])).toEqual([1, 1])
  })
  test('a membrane may start anywhere', async () => {
    const started = noted(integrate, { spikeward_initial_membrane: doubles([1], [0.5]) })
    expect(await run(chain(1, started), [0.6, 0.6])).toEqual([1, 0])
  })
  test('metadata that means nothing is refused', async () => {
    await expect(run(chain(1, noted(integrate, { spikeward_reset: 'soft' })), [1])).rejects.toThrow('NIR_METADATA')
    await expect(run(chain(1, noted(integrate, { spikeward_initial_membrane: 'x' })), [1])).rejects.toThrow(
      'NIR_METADATA',
    )
  })
})

describe('the length of a step', () => {
  test('must be known where a node has a time constant', async () => {
    await expect(run(chain(1, integrate), [1], {})).rejects.toThrow('NIR_DT_MISSING')
  })
  test('may be in the metadata', async () => {
    const graph = { ...chain(1, node('I', { r: [1] })), metadata: { spikeward_dt: doubles([], [0.25]) } }
    expect(await run(graph, [1, 1], {})).toEqual([0.25, 0.5])
    await expect(run({ ...graph, metadata: { spikeward_dt: doubles([], [-1]) } }, [1], {})).rejects.toThrow(
      'NIR_METADATA',
    )
  })
})

test('no path from input to output', async () => {
  const graph = chain(1, integrate)
  await expect(run({ ...graph, edges: graph.edges.slice(0, 1) }, [1])).rejects.toThrow('no path')
})

test('the number of steps must be at least 1', () => {
  expect(() => nirNetwork(chain(1, integrate), { dt: 1, time: 0 })).toThrow('INVALID_OPTION')
})

describe('convolutions and pools', () => {
  const conv = (changed: NirNode['parameters']): NirNode => ({
    type: 'Conv1d',
    parameters: {
      weight: doubles([1, 1, 3], [1, 10, 100]),
      bias: doubles([1], [0.5]),
      stride: doubles([], [1]),
      padding: doubles([], [1]),
      dilation: doubles([], [1]),
      groups: doubles([], [1]),
      ...changed,
    },
    metadata: {},
  })
  const around = (inner: NirNode, ...[input, output]: readonly [readonly number[], readonly number[]]): NirGraph => ({
    type: 'NIRGraph',
    nodes: {
      in: node('Input', { shape: [...input] }),
      inner,
      out: node('Output', { shape: [...output] }),
    },
    edges: [
      ['in', 'inner'],
      ['inner', 'out'],
    ],
    metadata: {},
  })

  test('a convolution is a cross-correlation', async () => {
    const network = nirNetwork(around(conv({}), [1, 3], [1, 3]), { dtype: 'f64' })
    const x = tensor([[[[1, 2, 3]]]], { dtype: 'f64' })
    expect([...(await network.simulate(network.init(key(0)), x).data())]).toEqual([210.5, 321.5, 32.5])
  })

  test.each([
    ['a stride of 0', conv({ stride: doubles([], [0]) }), [1, 3]],
    ['groups that do not divide its channels', conv({ groups: doubles([], [2]) }), [2, 3]],
    ['a bias of another length', conv({ bias: doubles([2], [0, 0]) }), [1, 3]],
    ['a weight of another rank', conv({ weight: doubles([1, 3], [1, 1, 1]) }), [1, 3]],
    ['another number of channels', conv({}), [2, 3]],
    ['an input without channels', conv({}), [3]],
    ['an input smaller than its windows', conv({ padding: doubles([], [0]) }), [1, 2]],
    ['padding beyond all bounds', conv({ padding: doubles([], [1e12]) }), [1, 3]],
    ['a pool of a line', node('SumPool2d', { kernel_size: [2, 2], stride: [2, 2], padding: [0, 0] }), [1, 4]],
  ] as const)('%s is refused by the name of the node', (_, inner, input) => {
    expect(() => nirNetwork(around(inner, input, [1, 3]))).toThrow(/node 'inner'.*NIR_MALFORMED/)
  })

  test('a type that is not in the standard is refused by its name', () => {
    expect(() => nirNetwork(around(node('toString', { scale: [1] }), [1], [1]))).toThrow(
      /node 'inner' of type toString cannot be executed.*NIR_UNSUPPORTED/,
    )
  })
})
