/** NIR files with damaged bytes, and graphs that are damaged before they are written. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { doubles, isArray, isGraph, nirNetwork, readNir, toDoubles, writeNir } from '@spikeward/nir'
import type { NirArray, NirGraph, NirNode, NirValue } from '@spikeward/nir'
import { type Random, randomOf } from '../randomOf.js'
import { oneOf, without } from './damage.js'
import { type Format, binary, checkingTheNext, seedsIn } from './format.js'

/** A small NIR file is damaged this many times as often as another. */
const OFTEN = 16

/** NIR files to damage: valid ones, and ones whose groups contain one another. */
export type NirSeeds = { readonly valid: readonly Uint8Array[]; readonly cyclic: readonly Uint8Array[] }

/**
 * The small valid files of `seeds/` many times, because they are read quickly and each damaged byte of theirs is more
 * likely to matter; then those of NIR's own writer, and the cases of the corpus whose groups contain one another.
 *
 * @param root the checkout
 */
export function nirSeeds(root: string): NirSeeds {
  const small = seedsIn(join(root, 'apps/soak/seeds'), '.nir')
  const many = Array.from({ length: OFTEN }, () => small).flat()
  const cyclic = ['hdf5-group-cycles.json', 'nir-group-cycles.json'].map((name) => {
    const text = readFileSync(join(root, 'apps/soak/corpus', name), 'utf8')
    return new Uint8Array(Buffer.from((JSON.parse(text) as { bytes: string }).bytes, 'base64'))
  })
  return { valid: [...many, ...seedsIn(join(root, 'packages/nir/test/fixtures'), '.nir')], cyclic }
}

const NAMES = ['', '.', '..', 'a/b', '__proto__', 'constructor', 'input', 'é', 'x'.repeat(300), 'absent', ' ']
const TYPES = [...'Input Output LIF IF CubaLIF Affine Linear Scale Flatten Delay Conv2d Unheard'.split(' '), '']
const SIZES = [0, 1, 2, 3, 5, -1, 1e9, 2 ** 31, 2 ** 53]
const NUMBERS = [0, -0, -1, 1e-300, 1e300, NaN, Infinity, -Infinity, 0.5]
const NOTES = [
  ...['reset', 'reset_delayed', 'initial_membrane', 'dt', 'time', 'fixed'].map((n) => `spikeward_${n}`),
  'other',
]

/** An array with other numbers, the same numbers in another shape, or one of whole numbers as a shape is stored. */
function damagedArray({ shape, data }: NirArray, random: Random): NirArray {
  const n = data.length
  return oneOf<() => NirArray>(random, [
    () => ({ shape: oneOf(random, [[n], [n, 1], [1, n], [1, 1, n]]), data }),
    () => {
      const values = toDoubles({ shape, data })
      return doubles(
        shape,
        values.map((v) => (random(3) === 0 ? oneOf(random, NUMBERS) : v)),
      )
    },
    () => {
      const sizes = Array.from({ length: random(4) }, () => oneOf(random, SIZES)).filter(Number.isSafeInteger)
      return { shape: [sizes.length], data: BigInt64Array.from(sizes.map(BigInt)) }
    },
    () => doubles([1 + random(3)], [1, 2, 3].slice(0, 1 + random(3))),
  ])()
}

function noise(random: Random): NirValue {
  const arrays = [doubles([], [oneOf(random, NUMBERS)]), doubles([2], [1, NaN])]
  return oneOf<NirValue>(random, ['true', 'subtract', '', 'x'.repeat(1000), ...arrays, { inner: 'a' }])
}

/** A record of notes with one more. */
const noted = <T extends NirNode | NirGraph>(one: T, random: Random): T => ({
  ...one,
  metadata: { ...one.metadata, [oneOf(random, NOTES)]: noise(random) },
})

/** A node with other parameters, another type or other notes. */
function damagedNode(whole: NirNode, random: Random): NirNode {
  const names = Object.keys(whole.parameters)
  const name = oneOf(random, names.length === 0 ? ['weight'] : names)
  const old = whole.parameters[name]
  const having = (value: NirValue): NirNode => ({ ...whole, parameters: { ...whole.parameters, [name]: value } })
  return oneOf(random, [
    () => ({ ...whole, type: oneOf(random, TYPES) }),
    () => ({ ...whole, parameters: without(whole.parameters, name) }),
    () => noted(whole, random),
    () => having(noise(random)),
    () => (isArray(old) ? having(damagedArray(old, random)) : whole),
  ])()
}

/** A graph with dangling edges, cycles, absurd shapes, damaged nodes, wrong names, or itself inside itself. */
export function damagedGraph(graph: NirGraph, random: Random): NirGraph {
  let copy = graph
  for (let times = 1 + random(4); times > 0; times--) {
    const { nodes, edges } = copy
    const names = Object.keys(nodes)
    const [from, to] = [oneOf(random, names), oneOf(random, names)]
    const having = (name: string, one: NirNode | NirGraph): NirGraph => ({ ...copy, nodes: { ...nodes, [name]: one } })
    const one = nodes[from]!
    copy = oneOf<() => NirGraph>(random, [
      () => ({ ...copy, edges: [...edges, [from, to]] }),
      () => ({ ...copy, edges: [...edges, [from, oneOf(random, NAMES)]] }),
      () => ({ ...copy, edges: edges.filter(() => random(3) > 0) }),
      () => ({ ...copy, nodes: without(nodes, from) }),
      () => having(oneOf(random, NAMES), one),
      () => noted(copy, random),
      () => {
        let inner: NirGraph = graph
        for (let depth = random(24); depth > 0; depth--) inner = { ...graph, nodes: { ...graph.nodes, [from]: inner } }
        return having(from, inner)
      },
      () => having(from, isGraph(one) ? damagedGraph(one, random) : damagedNode(one, random)),
    ])()
    if (Object.keys(copy.nodes).length === 0) return graph
  }
  return copy
}

/** Formats of the part that reads NIR files alone. */
export const nirFormatNames: readonly string[] = ['nir', 'nir graph']

/** The formats of {@link nirFormatNames}. A file of a graph is the key of its damage; reading writes it first. */
export function nirFormats({ valid, cyclic }: NirSeeds): readonly Format[] {
  const seeds = [...valid, ...cyclic]
  const bytes = binary({ name: 'nir', hdf5: true, seconds: 5, stalled: 0.5, seeds, read: (file) => readNir(file) })
  const known = new Map<Uint8Array, NirGraph>()
  const graphs: Format = {
    ...{ name: 'nir graph', hdf5: true, seconds: 5, stalled: 5 },
    make: (random) => Uint8Array.from({ length: 4 }, () => random(256)),
    async read(file) {
      const random = randomOf(new DataView(file.buffer, file.byteOffset).getUint32(0))
      const seed = oneOf(random, valid)
      const graph = known.get(seed) ?? (await readNir(seed))
      known.set(seed, graph)
      const written = await readNir(await writeNir(damagedGraph(graph, random)))
      const { time } = nirNetwork(written, { dt: 1e-3, time: 2 })
      if (time !== 2) throw new SpikewardError('NIR_MALFORMED', 'the number of steps is not the requested one')
    },
  }
  return [checkingTheNext(bytes, () => readNir(seeds[0]!)), graphs]
}
