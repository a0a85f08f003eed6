import { describe, expect, test } from 'vitest'
import { SpikewardError } from '@spikeward/core'
import { type NirGraph, type NirNode, readNir, writeNir } from '@spikeward/nir'
import { ready, File } from 'h5wasm'
import { contentsOf } from '../../src/hdf5/contents.js'
import { bytesOf, chain, node } from '../fixtures.js'

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'none'
  } catch (error) {
    return error instanceof SpikewardError ? error.code : String(error)
  }
}

/** Bytes of a file that `build` fills. */
async function fileOf(build: (file: File) => void): Promise<Uint8Array> {
  const { FS } = await ready
  const file = new File('/made', 'w')
  build(file)
  file.close()
  const bytes = FS.readFile('/made')
  FS.unlink('/made')
  return bytes
}

describe('files that are not NIR files', () => {
  test.each([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('hello')],
    ['the start of a file', bytesOf('affine-lif').slice(0, 3000)],
  ])('%s', async (_, bytes) => {
    expect(await codeOf(readNir(bytes))).toBe('NIR_MALFORMED')
  })

  test('bytes without the signature of HDF5 are named as such, and a user block before the signature is allowed', async () => {
    await expect(readNir(new TextEncoder().encode('hello'))).rejects.toThrow('no signature of HDF5')
    const signature = bytesOf('affine-lif').slice(0, 8)
    const later = (at: number): Uint8Array => {
      const bytes = new Uint8Array(2048)
      bytes.set(signature, at)
      return bytes
    }
    // The library refuses these for another reason than the signature.
    for (const at of [0, 512, 1024]) await expect(readNir(later(at))).rejects.not.toThrow('no signature of HDF5')
    await expect(readNir(later(100))).rejects.toThrow('no signature of HDF5')
  })

  test('an HDF5 file of something else', async () => {
    const bytes = await fileOf((file) => file.create_dataset({ name: 'x', data: [1, 2], dtype: '<d' }))
    await expect(readNir(bytes)).rejects.toThrow("no group 'node'")
  })
})

describe('limits', () => {
  test('a group that contains itself is not followed without end', async () => {
    const bytes = await fileOf((file) => {
      const group = file.create_group('node')
      group.create_hard_link('/node', 'again')
    })
    expect(await codeOf(readNir(bytes))).toBe('NIR_LIMIT')
  })

  test('an array of absurd size is refused before it is read', async () => {
    const bytes = await fileOf((file) => {
      const group = file.create_group('node')
      group.create_dataset({
        name: 'big',
        data: new Float64Array(2 ** 21),
        chunks: [2 ** 16],
        compression: 'gzip',
        shape: [2 ** 21],
      })
    })
    expect(bytes.length).toBeLessThan(2 ** 15)
    expect(await codeOf(readNir(bytes, { numbers: 2 ** 20 }))).toBe('NIR_LIMIT')
    expect(await codeOf(readNir(bytes, { numbers: 2 ** 22 }))).toBe('NIR_MALFORMED')
  })

  test('a chunk that is larger than the file warrants, of an array of one number', async () => {
    const bytes = await fileOf((file) => {
      const group = file.create_group('node')
      const chunked = { maxshape: [null], chunks: [2 ** 18], compression: 'gzip' as const }
      group.create_dataset({ name: 'small', data: Float64Array.of(1), shape: [1], ...chunked })
    })
    expect(bytes.length).toBeLessThan(2 ** 13)
    await expect(readNir(bytes, { numbers: 2 ** 18 - 1 })).rejects.toThrow(/more numbers.*\[NIR_LIMIT\]/)
    expect(await codeOf(readNir(bytes, { numbers: 2 ** 18 }))).toBe('NIR_MALFORMED')
  })

  test('a text counts by its bytes', async () => {
    const bytes = await fileOf((file) => {
      file.create_group('node').create_dataset({ name: 'type', data: ['LIF'], shape: [1], dtype: 'S80000' })
    })
    expect(await codeOf(readNir(bytes, { numbers: 9999 }))).toBe('NIR_LIMIT')
    expect(await codeOf(readNir(bytes, { numbers: 10_000 }))).toBe('NIR_MALFORMED')
  })

  test('time: the clock is read before each object', async () => {
    const bytes = bytesOf('recurrent')
    const { FS } = await ready
    FS.writeFile('/timed', bytes)
    const file = new File('/timed', 'r')
    let looks = 0
    const clock = (): number => 1000 * looks++
    const limits = { objects: 1e6, numbers: 1e6, seconds: 5, memory: 1e9 }
    expect(contentsOf(file, limits, clock)).toEqual({ exceeds: 'seconds' })
    // One look at the beginning, and one for each second until the sixth is over.
    expect(looks).toBe(7)
    expect(contentsOf(file, { ...limits, seconds: 1e6 }, clock)).toHaveProperty('contents')
    file.close()
    await expect(readNir(bytes, { seconds: -1 })).rejects.toThrow(/not read within.*\{ seconds: … \}.*\[NIR_LIMIT\]/)
  })
})

describe('graphs that are not valid', () => {
  const good = chain(2, node('LIF', { tau: [1, 1], r: [1, 1], v_leak: [0, 0], v_threshold: [1, 1] }))
  const change = (n1: Partial<NirNode>): NirGraph => ({
    ...good,
    nodes: { ...good.nodes, n1: { ...(good.nodes['n1'] as NirNode), ...n1 } },
  })
  const cases: [string, NirGraph, RegExp][] = [
    ['an edge to nowhere', { ...good, edges: [...good.edges, ['n1', 'gone']] }, /no such node/],
    ['a missing parameter', change({ parameters: {} }), /node 'n1' of type LIF has no array 'tau'/],
    [
      'parameters of two shapes',
      change(node('LIF', { tau: [1], r: [1, 1], v_leak: [0, 0], v_threshold: [1, 1] })),
      /shape/,
    ],
    ['an edge between two shapes', change(node('Scale', { scale: [1, 2, 3] })), /joins \[2\] to \[3\]/],
    ['a size of zero', { ...good, nodes: { ...good.nodes, n0: node('Input', { shape: [0] }) } }, /at least 1/],
    ['half a shape', { ...good, nodes: { ...good.nodes, n0: node('Input', { shape: [1.5] }) } }, /whole numbers/],
  ]
  test.each(cases)('%s', async (_, graph, message) => {
    await expect(writeNir(graph)).rejects.toThrow(message)
    expect(await codeOf(writeNir(graph))).toBe('NIR_MALFORMED')
  })

  test('graphs nested without end', async () => {
    let graph = chain(1, node('Scale', { scale: [1] }))
    for (let i = 0; i < 20; i++)
      graph = {
        ...chain(1),
        nodes: { n0: node('Input', { shape: [1] }), n1: graph, n2: node('Output', { shape: [1] }) },
        edges: [
          ['n0', 'n1'],
          ['n1', 'n2'],
        ],
      }
    expect(await codeOf(writeNir(graph))).toBe('NIR_MALFORMED')
  })
})
