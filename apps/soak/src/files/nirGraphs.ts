import { SpikewardError } from '@spikeward/core'
import { doubles, isArray, isGraph, nirNetwork, readNir, toDoubles, writeNir } from '@spikeward/nir'
import type { NirArray, NirGraph, NirNode, NirValue } from '@spikeward/nir'
import { randomOf } from '../randomOf.js'
import type { Random } from '../randomOf.js'
import { damaged } from './damage.js'
import type { Format } from './format.js'
import { checkingTheNext } from './checkingTheNext.js'
import type { NirSeeds } from './nirSeeds.js'

/** Formats of the part that reads NIR files alone. */
export const nirFormatNames: readonly string[] = ['nir', 'nir graph']

/** NIR files whose bytes are damaged. */
const nirFormat = (seeds: readonly Uint8Array[]): Format =>
  checkingTheNext(
    {
      name: 'nir',
      hdf5: true,
      seconds: 5,
      stalled: 0.5,
      make: (random) => damaged(seeds[random(seeds.length)]!, seeds, random),
      read: async (bytes) => void (await readNir(bytes)),
    },
    () => readNir(seeds[0]!),
  )

const oneOf = <T>(random: Random, all: readonly T[]): T => all[random(all.length)]!

const NAMES = ['', '.', '..', 'a/b', '__proto__', 'constructor', 'input', 'é', 'x'.repeat(300), 'absent', ' ']
const TYPES = [
  'Input',
  'Output',
  'LIF',
  'IF',
  'CubaLIF',
  'Affine',
  'Linear',
  'Scale',
  'Flatten',
  'Delay',
  'Conv2d',

  'Unheard',
  '',
]
const SIZES = [0, 1, 2, 3, 5, -1, 1e9, 2 ** 31, 2 ** 53]
const NUMBERS = [0, -0, -1, 1e-300, 1e300, NaN, Infinity, -Infinity, 0.5]
const NOTES = [
  'spikeward_reset',
  'spikeward_reset_delayed',
  'spikeward_initial_membrane',
  'spikeward_dt',
  'spikeward_time',
  'spikeward_fixed',
  'other',
]

/** Sizes as an array of whole numbers, as a shape is stored. */
const whole = (sizes: readonly number[]): NirArray => ({
  shape: [sizes.length],
  data: BigInt64Array.from(sizes.map(BigInt)),
})

/** An array with other numbers, or the same numbers in another shape. */
function damagedArray({ shape, data }: NirArray, random: Random): NirArray {
  const n = data.length
  switch (random(4)) {
    case 0:
      return { shape: oneOf(random, [[n], [n, 1], [1, n], [1, 1, n]]), data }
    case 1:
      return doubles(
        shape,
        toDoubles({ shape, data }).map((v) => (random(3) === 0 ? oneOf(random, NUMBERS) : v)),
      )
    case 2: {
      const sizes = Array.from({ length: random(4) }, () => oneOf(random, SIZES)).filter(Number.isSafeInteger)
      return { ...whole(sizes), shape: [sizes.length] }
    }
    default:
      return doubles([1 + random(3)], [1, 2, 3].slice(0, 1 + random(3)))
  }
}

const noise = (random: Random): NirValue =>
  oneOf<NirValue>(random, [
    'true',
    'subtract',
    '',
    'x'.repeat(1000),
    doubles([], [oneOf(random, NUMBERS)]),
    doubles([2], [1, NaN]),
    { inner: 'a' },
  ])

/** A node with other parameters, another type or other notes. */
function damagedNode(node: NirNode, random: Random): NirNode {
  const names = Object.keys(node.parameters)
  const name = oneOf(random, names.length === 0 ? ['weight'] : names)
  const old = node.parameters[name]
  switch (random(5)) {
    case 0:
      return { ...node, type: oneOf(random, TYPES) }
    case 1:
      return { ...node, parameters: Object.fromEntries(Object.entries(node.parameters).filter(([n]) => n !== name)) }
    case 2:
      return { ...node, metadata: { ...node.metadata, [oneOf(random, NOTES)]: noise(random) } }
    case 3:
      return { ...node, parameters: { ...node.parameters, [name]: noise(random) } }
    default:
      return isArray(old) ? { ...node, parameters: { ...node.parameters, [name]: damagedArray(old, random) } } : node
  }
}

/** A graph with dangling edges, cycles, absurd shapes, damaged nodes, wrong names, or itself inside itself. */
export function damagedGraph(graph: NirGraph, random: Random): NirGraph {
  let made = graph
  const times = 1 + random(4)
  for (let k = 0; k < times; k++) {
    const names = Object.keys(made.nodes)
    const [from, to] = [oneOf(random, names), oneOf(random, names)]
    const with_ = (name: string, node: NirNode | NirGraph): NirGraph => ({
      ...made,
      nodes: { ...made.nodes, [name]: node },
    })
    const node = made.nodes[from]!
    switch (random(8)) {
      case 0:
        made = { ...made, edges: [...made.edges, [from, to]] }
        break
      case 1:
        made = { ...made, edges: [...made.edges, [from, oneOf(random, NAMES)]] }
        break
      case 2:
        made = { ...made, edges: made.edges.filter(() => random(3) > 0) }
        break
      case 3:
        made = { ...made, nodes: Object.fromEntries(Object.entries(made.nodes).filter(([n]) => n !== from)) }
        if (Object.keys(made.nodes).length === 0) return graph
        break
      case 4:
        made = with_(oneOf(random, NAMES), node)
        break
      case 5:
        made = { ...made, metadata: { ...made.metadata, [oneOf(random, NOTES)]: noise(random) } }
        break
      case 6: {
        let inner: NirGraph = graph
        for (let depth = random(24); depth > 0; depth--) inner = { ...graph, nodes: { ...graph.nodes, [from]: inner } }
        made = with_(from, inner)
        break
      }
      default:
        made = with_(from, isGraph(node) ? damagedGraph(node, random) : damagedNode(node, random))
    }
  }
  return made
}

/** Graphs that are damaged before they are written. A file is the key of its damage; reading writes it first. */
function nirGraphFormat(seeds: readonly Uint8Array[]): Format {
  const read = new Map<Uint8Array, NirGraph>()
  const graphOf = async (seed: Uint8Array): Promise<NirGraph> => {
    const graph = read.get(seed) ?? (await readNir(seed))
    read.set(seed, graph)
    return graph
  }
  return {
    name: 'nir graph',
    hdf5: true,
    seconds: 5,
    stalled: 5,
    make: (random) => Uint8Array.from({ length: 4 }, () => random(256)),
    async read(bytes) {
      const random = randomOf(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0))
      const graph = damagedGraph(await graphOf(oneOf(random, seeds)), random)
      const network = nirNetwork(await readNir(await writeNir(graph)), { dt: 1e-3, time: 2 })
      if (network.time !== 2) throw new SpikewardError('NIR_MALFORMED', 'the number of steps is not the requested one')
    },
  }
}

/** The formats of {@link nirFormatNames}. */
export const nirFormats = ({ valid, cyclic }: NirSeeds): readonly Format[] => [
  nirFormat([...valid, ...cyclic]),
  nirGraphFormat(valid),
]
