import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeNpy, loadData, loadShards, openShards, writeShard } from '../../src/node.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-shards-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Function i has the inputs 10 i + j and the solutions 100 i + p, j < 3, p < 4. */
const rowsOf = (from: number, count: number, width: number, scale: number) => ({
  shape: [count, width],
  data: Float32Array.from({ length: count * width }, (_, k) => scale * (from + Math.floor(k / width)) + (k % width)),
})

/** Twenty functions in shards of 8, 8 and 4, and the same in one archive's files. */
async function written(): Promise<void> {
  for (const [number, [from, count]] of [
    [0, 8],
    [8, 8],
    [16, 4],
  ].entries()) {
    const at = [from!, count!] as const
    await writeShard(folder, number, { inputs: rowsOf(...at, 3, 10), outputs: rowsOf(...at, 4, 100) })
  }
  const whole = (width: number, scale: number) => {
    const { shape, data } = rowsOf(0, 20, width, scale)
    return encodeNpy({ shape, data: Float64Array.from(data) })
  }
  await writeFile(join(folder, 'f.npy'), whole(3, 10))
  await writeFile(join(folder, 'u.npy'), whole(4, 100))
}

describe('loadShards', () => {
  it('gives the functions of the same data in one file, in the same sets', async () => {
    await written()
    const one = await loadData(join(folder, 'f.npy'), { inputs: 'f', outputs: 'u.npy#u', key: 3 })
    const many = await loadShards(folder, { key: 3 })
    expect({ ...many.sizes, sensors: many.sensors, at: many.at }).toEqual({
      ...one.sizes,
      sensors: one.sensors,
      at: one.at,
    })
    for (const split of ['train', 'validation', 'test'] as const) {
      expect(await many.data(split)).toEqual(await one.data(split))
    }
    const { sensors, values } = await one.data('train')
    const read = await many.rows!([5, 0, 5])
    const pick = (all: Float64Array, width: number) =>
      [5, 0, 5].flatMap((i) => [...all.slice(i * width, (i + 1) * width)])
    expect([[...read.sensors], [...read.values]]).toEqual([pick(sensors, 3), pick(values, 4)])
  })

  it('holds no more functions than fit, and leaves the others for training', async () => {
    await written()
    const problem = await loadShards(folder, { heldBytes: 2 * 8 * 7 })
    expect(problem.sizes).toEqual({ train: 16, validation: 2, test: 2 })
    expect((await problem.data('train')).count).toBe(2)
    expect((await problem.rows!([...Array(16).keys()])).count).toBe(16)
  })

  it('reads coordinates, which lie in the folder', async () => {
    await written()
    await writeFile(join(folder, 'x.npy'), encodeNpy({ shape: [4], data: Float64Array.of(0, 1, 2, 5) }))
    const problem = await loadShards(folder, { coords: 'x' })
    expect(problem.domain).toEqual([[0, 5]])
  })

  it.each<readonly [string, () => Promise<unknown>, string]>([
    ['a folder without shards', () => openShards(join(folder, 'none')), 'DATA_FILE_NOT_FOUND'],
    ['an unknown name', async () => (await written(), loadShards(folder, { inputs: 'a' })), 'DATA_NAME_UNKNOWN'],
    ['unknown coordinates', async () => (await written(), loadShards(folder, { coords: 'a' })), 'DATA_NAME_UNKNOWN'],
    [
      'a missing shard',
      async () => {
        await written()
        await rm(join(folder, 'inputs-00001.npy'))
        return openShards(folder)
      },
      'DATA_CORRUPT',
    ],
    [
      'a shard cut short',
      async () => {
        await written()
        await truncate(join(folder, 'inputs-00002.npy'), 150)
        return openShards(folder)
      },
      'DATA_CORRUPT',
    ],
    [
      'rows of two lengths',
      async () => {
        await written()
        await writeShard(folder, 3, { inputs: rowsOf(20, 2, 5, 1) })
        return openShards(folder)
      },
      'DATA_SHAPE',
    ],
    [
      'more inputs than solutions',
      async () => {
        await written()
        await writeShard(folder, 3, { inputs: rowsOf(20, 2, 3, 10) })
        return loadShards(folder)
      },
      'DATA_SHAPE',
    ],
    [
      'a value that is no number',
      async () => {
        await writeShard(folder, 0, {
          inputs: { shape: [2, 2], data: Float32Array.of(0, 1, 2, NaN) },
          outputs: rowsOf(0, 2, 4, 1),
        })
        return (await loadShards(folder, { split: { validation: 0, test: 0 } })).data('train')
      },
      'DATA_NOT_FINITE',
    ],
  ])('refuses %s', async (_, make, code) => {
    await expect(make()).rejects.toMatchObject({ code })
  })
})
