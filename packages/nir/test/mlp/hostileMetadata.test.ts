/** NIR files whose metadata anyone may have written: read, or refused with a code and a short message. */
import { describe, expect, test } from 'vitest'
import { SpikewardError } from '@spikeward/core'
import {
  doubles,
  mlpFromNir,
  mlpToNir,
  nirNetwork,
  problemOf,
  readNir,
  stepsOf,
  surrogateOf,
  withProblem,
  writeNir,
} from '@spikeward/nir'
import type { MlpDescription, NirGraph, NirNode, NirRecord, NirValue } from '@spikeward/nir'
import { keys } from '../../src/graph/metadata.js'

const numbers = (...shape: number[]) =>
  doubles(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => 0.1 + i / 10),
  )

const written = (mlp: MlpDescription): NirGraph => withProblem(mlpToNir(mlp, { allowLossy: true }), 'parabola')

/** A perceptron with every metadata entry. */
const whole: NirGraph = written({
  layers: [
    {
      affine: { weight: numbers(2, 3), bias: numbers(3) },
      neuron: {
        ...{ beta: 0.9, gain: 0.1, threshold: 1, reset: 'subtract', resetMembrane: 0, resetDelayed: true },
        initialMembrane: numbers(3),
      },
    },
  ],
  readout: { weight: numbers(3, 1), bias: numbers(1), centre: numbers(3) },
  normalise: { middle: numbers(2), factor: numbers(2) },
  output: { shift: numbers(1), scale: numbers(1) },
  time: 8,
  surrogate: 'atan',
})

/** Values that no writer of these entries writes. */
const hostile: Readonly<Record<string, NirValue>> = {
  'no text': '',
  'a megabyte': 'x'.repeat(1 << 20),
  'control characters': '\u001b[2J\u0000',
  'a name of every object': 'constructor',
  'no numbers': doubles([0], []),
  NaN: doubles([], [Number.NaN]),
  infinity: doubles([], [Number.POSITIVE_INFINITY]),
  'a negative number': doubles([], [-1]),
  'a large number': doubles([], [1e300]),
  'whole numbers of 64 bits': { shape: [2], data: BigInt64Array.of(2n ** 62n, -1n) },
  bytes: { shape: [4], data: Uint8Array.of(0, 255, 1, 2) },
  'many numbers': doubles([1000], new Float64Array(1000)),
  'a group': { inner: 'x' },
  'a group of groups': { shape: { data: 'x' }, data: {} },
  'an empty group': {},
}

/** The graph with another value of an entry in all nodes that have it, and in its own metadata. */
function withEntry(key: string, value: NirValue): NirGraph {
  const changed = (metadata: NirRecord): NirRecord => (key in metadata ? { ...metadata, [key]: value } : metadata)
  const nodes = Object.entries(whole.nodes).map(([name, node]): [string, NirNode] => [
    name,
    { ...(node as NirNode), metadata: changed(node.metadata) },
  ])
  return { ...whole, nodes: Object.fromEntries(nodes), metadata: changed(whole.metadata) }
}

const uses: Readonly<Record<string, (graph: NirGraph) => unknown>> = {
  nirNetwork: (graph) => nirNetwork(graph),
  'nirNetwork in steps of its own': (graph) => nirNetwork(graph, { dt: 1e-3, time: 4 }),
  mlpFromNir,
  'mlpFromNir and back': (graph) => written(mlpFromNir(graph)),
  stepsOf,
  surrogateOf,
  problemOf,
}

test('the perceptron has every entry, and comes back', () => {
  const held = [whole, ...Object.values(whole.nodes)].flatMap(({ metadata }) => Object.keys(metadata))
  expect(Object.values(keys).filter((key) => !held.includes(key))).toEqual([])
  expect(written(mlpFromNir(whole))).toEqual(whole)
})

describe.each(Object.values(keys))('%s', (key) => {
  test.each(Object.entries(hostile))('%s', async (_, value) => {
    const graph = withEntry(key, value)
    for (const [name, use] of Object.entries(uses)) {
      let thrown: unknown = null
      try {
        use(graph)
      } catch (error) {
        thrown = error
      }
      if (thrown === null) continue
      expect(thrown, name).toBeInstanceOf(SpikewardError)
      expect((thrown as Error).message.length, name).toBeLessThan(600)
    }
  })
})

test('entries that decide how a network runs are refused', () => {
  for (const [key, values] of [
    [keys.reset, ['no text', 'a megabyte', 'whole numbers of 64 bits', 'a group']],
    [keys.resetDelayed, ['a megabyte', 'bytes', 'a group of groups']],
    [keys.initialMembrane, ['no text', 'NaN', 'many numbers', 'a group']],
    [keys.dt, ['NaN', 'infinity', 'a negative number', 'a group', 'no numbers']],
    [keys.time, ['NaN', 'infinity', 'a negative number', 'a large number', 'a megabyte', 'whole numbers of 64 bits']],
  ] as const)
    for (const value of values)
      expect(() => nirNetwork(withEntry(key, hostile[value]!)), `${key}: ${value}`).toThrow(/\[NIR_METADATA\]$/)
})

test('a file keeps entries that it may hold, whatever they mean', async () => {
  for (const value of ['bytes', 'a group', 'whole numbers of 64 bits', 'a megabyte']) {
    const graph = withEntry(keys.surrogate, hostile[value]!)
    expect((await readNir(await writeNir(graph))).metadata[keys.surrogate]).toEqual(hostile[value])
  }
})
