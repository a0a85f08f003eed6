import { describe, expect, test } from 'vitest'
import { array, assert, asyncProperty, dictionary, double, oneof, string, stringMatching } from 'fast-check'
import { doubles, readNir, writeNir } from '@spikeward/nir'
import { bytesOf, chain, names, node } from '../fixtures.js'

describe('files of NIR’s own writer', () => {
  test.each(names)('%s is the same graph after it was written again', async (name) => {
    const graph = await readNir(bytesOf(name))
    expect(await readNir(await writeNir(graph))).toEqual(graph)
  })

  test('nodes and edges are read by name', async () => {
    const graph = await readNir(bytesOf('affine-lif'))
    expect(Object.values(graph.nodes).map((n) => n.type)).toEqual(['Affine', 'Input', 'LIF', 'Output'])
    expect(graph.edges).toEqual([
      ['input', 'affine'],
      ['affine', 'lif'],
      ['lif', 'output'],
    ])
  })

  test('a convolution is preserved with all its numbers', async () => {
    const { conv1d } = (await readNir(bytesOf('conv1d'))).nodes
    expect(conv1d).toMatchObject({ type: 'Conv1d', parameters: { weight: { shape: [3, 2, 3] } } })
  })
})

test('number types, scalars, texts and nested metadata are read back unchanged', async () => {
  const graph = {
    ...chain(2, node('Scale', { scale: [1, 2] })),
    metadata: {
      text: 'τ = 5 ms',
      scalar: doubles([], [Math.PI]),
      inner: {
        f32: { shape: [3], data: Float32Array.of(1, 0.1, -0) },
        i64: { shape: [1], data: BigInt64Array.of(-5n) },
      },
      bytes: { shape: [2], data: Uint8Array.of(0, 255) },
    },
  }
  expect(await readNir(await writeNir(graph))).toEqual(graph)
})

test('large arrays are compressed and are read back bit by bit', async () => {
  const values = Array.from({ length: 4096 }, (_, i) => Math.sin(i))
  const graph = chain(4096, node('Scale', { scale: values }))
  expect(await readNir(await writeNir(graph))).toEqual(graph)
  const zeros = await writeNir(chain(4096, node('Scale', { scale: values.map(() => 0) })))
  expect(zeros.length).toBeLessThan(4096 * 8)
})

test('any metadata of numbers and texts survives', async () => {
  const name = stringMatching(/^[a-z]{1,8}$/)
  const numbers = array(double(), { minLength: 1, maxLength: 5 }).map((values) => doubles([values.length], values))
  const text = string({ minLength: 1, unit: 'grapheme' }).filter((t) => !t.includes('\0'))
  await assert(
    asyncProperty(dictionary(name, oneof(numbers, text)), async (metadata) => {
      const graph = { ...chain(1, node('Scale', { scale: [1] })), metadata }
      expect(await readNir(await writeNir(graph))).toEqual(graph)
    }),
    { numRuns: 50 },
  )
})
