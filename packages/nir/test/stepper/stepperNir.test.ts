import { describe, expect, test } from 'vitest'
import { nirNetwork, readNir, stepperFromNir, stepperToNir, writeNir } from '../../src/index.js'
import type { NirGraph, NirNode, StepperDescription } from '../../src/index.js'

const withNode = (graph: NirGraph, name: string, change: (node: NirNode) => NirNode): NirGraph => ({
  ...graph,
  nodes: { ...graph.nodes, [name]: change(graph.nodes[name] as NirNode) },
})

const ramp = (n: number, from = 0): Float64Array => Float64Array.from({ length: n }, (_, i) => from + i / 8)

const stepper = (cells: readonly number[], kernel: readonly number[]): StepperDescription => {
  const size = kernel.reduce((a, b) => a * b, 1)
  return {
    ...{ cells, edges: 'circular', leak: 0.5, rest: 1 },
    layers: [
      { kernel, inputs: 1, outputs: 3, weight: ramp(3 * size), bias: ramp(3, 1), thresholds: ramp(1, 2) },
      { kernel, inputs: 3, outputs: 1, weight: ramp(3 * size, -1), bias: ramp(1), thresholds: ramp(3, 0.5) },
    ],
  }
}

describe.each([
  { cells: [16], kernel: [5] },
  { cells: [6, 4], kernel: [3, 2] },
])('a time-stepper of $cells cells', ({ cells, kernel }) => {
  const given = stepper(cells, kernel)
  const graph = stepperToNir(given, { allowLossy: true })

  test('is the same after its file was written and read', async () => {
    expect(stepperFromNir(await readNir(await writeNir(graph)))).toEqual(given)
    const few = { ...given, cycle: 8 }
    const ofFew = stepperToNir(few, { allowLossy: true })
    expect(stepperFromNir(await readNir(await writeNir(ofFew)))).toEqual(few)
    const several = {
      ...given,
      rest: [0, 1],
      layers: [{ ...given.layers[1]!, inputs: 2, outputs: 2, thresholds: ramp(2) }],
    }
    const ofSeveral = {
      ...several,
      layers: several.layers.map((l) => ({ ...l, weight: ramp(4 * kernel.reduce((a, b) => a * b, 1)), bias: ramp(2) })),
    }
    const read = stepperFromNir(await readNir(await writeNir(stepperToNir(ofSeveral, { allowLossy: true }))))
    expect(read).toEqual(ofSeveral)
    expect(() => stepperFromNir({ ...ofFew, metadata: graph.metadata })).toThrow('no sigma–delta unit')
  })

  test('has the weights of the standard, [out, in, …places]', () => {
    const { weight } = (graph.nodes['convolution_0'] as NirNode).parameters as {
      weight: { shape: number[]; data: Float64Array }
    }
    expect(weight.shape).toEqual([3, 1, ...kernel])
    // Output 1 at place 2: [place, input, output] = 2 · 3 + 1.
    expect(weight.data[weight.data.length / 3 + 2]).toBe(7 / 8)
  })

  test('is not run as steps of 0 and 1', () => {
    expect(() => nirNetwork(graph)).toThrow("node 'units_0' of type Threshold cannot be executed")
  })
})

test('a graph that other readers run differently, or that the standard has no convolution for, is refused', () => {
  expect(() => stepperToNir(stepper([16], [5]))).toThrow('its units send changes')
  expect(() => stepperToNir(stepper([4, 4, 4], [1, 1, 1]), { allowLossy: true })).toThrow('3 axes')
})

describe('a graph that was changed is refused', () => {
  const graph = stepperToNir(stepper([16], [5]), { allowLossy: true })
  const changed: readonly (readonly [string, NirGraph])[] = [
    ['is no finite number', { ...graph, metadata: {} }],
    ['not the chain', { ...graph, edges: graph.edges.slice(1) }],
    ['no sigma–delta unit', withNode(graph, 'units_1', (node) => ({ ...node, metadata: {} }))],
    ['share edges', withNode(graph, 'convolution_1', (node) => ({ ...node, metadata: { spikeward_edges: 'zeros' } }))],
    ["no node 'convolution_1'", withNode(graph, 'convolution_1', (node) => ({ ...node, type: 'Affine' }))],
    [
      'differ within a channel',
      withNode(graph, 'units_0', (node) => ({
        ...node,
        parameters: { threshold: { shape: [1, 16], data: ramp(16) } },
      })),
    ],
  ]
  test.each(changed)('%s', (why, other) => {
    expect(() => stepperFromNir(other)).toThrow(why)
  })
})
