/** One data set in five formats, which the libraries of the formats or this test write. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import h5wasm from 'h5wasm/node'
import { parquetWriteFile } from 'hyparquet-writer'
import * as zarr from 'zarrita'
import { afterAll, describe, expect, it } from 'vitest'
import { encodeNpy, loadData, loadTable, openDataFile } from '../../src/node.js'
import { encodeZip } from '../../src/node/files/zip.js'
import { fileStore } from './zarrStore.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-formats-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const inFolder = (name: string): string => join(folder, name)

/** A list in a list, and so on. */
const nestedText = `${'['.repeat(10_000)}${']'.repeat(10_000)}`

const [count, points] = [20, 6]
const f = Float64Array.from({ length: count * points }, (_, i) => Math.sin(i * i) / 3)
const u = Float64Array.from({ length: count * points }, (_, i) => Math.exp(Math.cos(i)) * 1e-7)
const arrays = { f, u }

/** Bytes of a NetCDF 3 file with doubles [functions, points]: the classic format, version 1. */
function netcdf3(variables: Readonly<Record<string, Float64Array>>): Buffer {
  const word = (...numbers: readonly number[]): Buffer => {
    const out = Buffer.alloc(4 * numbers.length)
    numbers.forEach((n, i) => out.writeInt32BE(n, 4 * i))
    return out
  }
  const named = (name: string): Buffer => {
    const text = Buffer.alloc(4 * Math.ceil(name.length / 4))
    text.write(name, 'latin1')
    return Buffer.concat([word(name.length), text])
  }
  const [DIMENSION, VARIABLE, DOUBLE] = [10, 11, 6]
  const names = Object.keys(variables)
  const dimensions = [word(DIMENSION, 2), named('functions'), word(count), named('points'), word(points)]
  const header = (begins: readonly number[]): Buffer =>
    Buffer.concat([
      Buffer.from([0x43, 0x44, 0x46, 1]),
      word(0),
      ...dimensions,
      word(0, 0),
      word(VARIABLE, names.length),
      ...names.flatMap((name, v) => [
        named(name),
        word(2, 0, 1),
        word(0, 0),
        word(DOUBLE, 8 * count * points, begins[v]!),
      ]),
    ])
  const start = header(names.map(() => 0)).length
  const values = names.map((name) => {
    const out = Buffer.alloc(8 * count * points)
    variables[name]!.forEach((x, i) => out.writeDoubleBE(x, 8 * i))
    return out
  })
  return Buffer.concat([header(names.map((_, v) => start + 8 * count * points * v)), ...values])
}

/** Rows as lists. */
const rowsOf = (x: Float64Array): number[][] =>
  Array.from({ length: count }, (_, r) => [...x.subarray(r * points, (r + 1) * points)])

const written: Readonly<Record<string, () => Promise<string>>> = {
  async npz() {
    const entries = Object.entries(arrays).map(
      ([name, data]) => [`${name}.npy`, encodeNpy({ shape: [count, points], data })] as const,
    )
    writeFileSync(inFolder('a.npz'), await encodeZip(new Map(entries)))
    return inFolder('a.npz')
  },
  async 'NetCDF 3'() {
    writeFileSync(inFolder('three.nc'), netcdf3(arrays))
    return Promise.resolve(inFolder('three.nc'))
  },
  async 'NetCDF 4'() {
    await h5wasm.ready
    const file = new h5wasm.File(inFolder('four.nc'), 'w')
    for (const [name, data] of Object.entries(arrays)) file.create_dataset({ name, data, shape: [count, points] })
    file.close()
    return inFolder('four.nc')
  },
  async 'Zarr 3'() {
    const root = zarr.root(fileStore(inFolder('a.zarr')))
    await zarr.create(root)
    for (const [name, data] of Object.entries(arrays)) {
      const made = await zarr.create(root.resolve(name), {
        shape: [count, points],
        chunkShape: [7, 4],
        dtype: 'float64',
      })
      await zarr.set(made, null, { data, shape: [count, points], stride: [points, 1] })
    }
    return inFolder('a.zarr')
  },
  async 'Zarr 2'() {
    for (const [name, data] of Object.entries(arrays)) {
      mkdirSync(inFolder(`two.zarr/${name}`), { recursive: true })
      const description = {
        zarr_format: 2,
        shape: [count, points],
        chunks: [count, points],
        dtype: '<f8',
        order: 'C',
        fill_value: 0,
        filters: null,
      }
      writeFileSync(
        inFolder(`two.zarr/${name}/.zarray`),
        JSON.stringify({ ...description, compressor: { id: 'zlib', level: 1 } }),
      )
      writeFileSync(inFolder(`two.zarr/${name}/0.0`), deflateSync(new Uint8Array(data.buffer)))
    }
    writeFileSync(inFolder('two.zarr/.zgroup'), JSON.stringify({ zarr_format: 2 }))
    return Promise.resolve(inFolder('two.zarr'))
  },
  async Parquet() {
    const columns = Object.entries(arrays).map(([name, data]) => ({ name, data: rowsOf(data) }))
    parquetWriteFile({ filename: inFolder('a.parquet'), columnData: columns })
    return Promise.resolve(inFolder('a.parquet'))
  },
}

describe('a data set', () => {
  it.each(Object.entries(written))('has the same bits in %s', async (_, write) => {
    const problem = await loadData(await write(), { inputs: 'f', outputs: 'u', key: 3 })
    const expected = await loadData(await written['npz']!(), { inputs: 'f', outputs: 'u', key: 3 })
    for (const split of ['train', 'validation', 'test'] as const) {
      const [found, same] = await Promise.all([problem.data(split), expected.data(split)])
      expect(Buffer.from(found.sensors.buffer)).toEqual(Buffer.from(same.sensors.buffer))
      expect(Buffer.from(found.values.buffer)).toEqual(Buffer.from(same.values.buffer))
    }
  })

  it.each(['NetCDF 3', 'Zarr 3', 'Zarr 2', 'Parquet'])(
    'has names in %s, and says which if another is wanted',
    async (format) => {
      const file = await openDataFile(await written[format]!())
      expect([...file.names.keys()].sort()).toEqual(['f', 'u'])
      await expect(file.read('g')).rejects.toThrow('has no array "g"; it has: f')
      await file.close()
    },
  )
})

describe('damaged files', () => {
  it('are errors with a code', async () => {
    const whole = netcdf3(arrays)
    writeFileSync(inFolder('short.nc'), whole.subarray(0, whole.length - 9))
    const file = await openDataFile(inFolder('short.nc'))
    await expect(file.read('u')).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
    writeFileSync(inFolder('head.nc'), whole.subarray(0, 30))
    await expect(openDataFile(inFolder('head.nc'))).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
    writeFileSync(
      inFolder('bad.parquet'),
      Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(20, 7), Buffer.from('PAR1')]),
    )
    await expect(openDataFile(inFolder('bad.parquet'))).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
    await written['Zarr 2']!()
    writeFileSync(inFolder('two.zarr/u/0.0'), Buffer.from('no chunk'))
    const store = await openDataFile(inFolder('two.zarr'))
    await expect(store.read('u')).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
    writeFileSync(inFolder('two.zarr/u/.zarray'), '{')
    await expect(openDataFile(inFolder('two.zarr'))).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
  })

  it('that claim more than their size explains exceed the budget', async () => {
    await written['Zarr 2']!()
    const description = {
      zarr_format: 2,
      shape: [1e6, 1e6],
      chunks: [1e6, 1e6],
      dtype: '<f8',
      order: 'C',
      fill_value: 0,
      filters: null,
      compressor: null,
    }
    writeFileSync(inFolder('two.zarr/u/.zarray'), JSON.stringify(description))
    const store = await openDataFile(inFolder('two.zarr'))
    await expect(store.read('u')).rejects.toMatchObject({ code: 'DATA_BUDGET' })
  })

  it.each([
    ['a chunk that was cut short', {}, new Uint8Array(7), 'DATA_CORRUPT'],
    [
      'a chunk that inflates to more than it holds',
      { compressor: { id: 'zlib' } },
      deflateSync(Buffer.alloc(4096)),
      'DATA_CORRUPT',
    ],
    ['chunks of more than their size explains', { chunks: [4e9] }, null, 'DATA_BUDGET'],
    ['a shape that is no list of sizes', { shape: [4.5] }, null, 'DATA_CORRUPT'],
    ['a description of 10,000 levels', { shape: 'deep' }, null, 'DATA_CORRUPT'],
    ['a pipe in the place of a chunk', {}, 'pipe', 'DATA_CORRUPT'],
  ] as const)('of Zarr with %s are refused', async (what, changed, chunk, code) => {
    const place = inFolder(`${what.replace(/\W/g, '-')}.zarr`)
    mkdirSync(join(place, 'u'), { recursive: true })
    const fixed = { zarr_format: 2, dtype: '<f8', order: 'C', fill_value: 0, filters: null }
    const whole = { ...fixed, shape: [4], chunks: [4], compressor: null, ...changed }
    writeFileSync(join(place, 'u/.zarray'), JSON.stringify(whole).replace('"deep"', nestedText))
    writeFileSync(join(place, '.zgroup'), '{"zarr_format":2}')
    if (chunk === 'pipe') execFileSync('mkfifo', [join(place, 'u/0')])
    else if (chunk !== null) writeFileSync(join(place, 'u/0'), chunk)
    const read = async () => (await openDataFile(place)).read('u')
    await expect(read()).rejects.toMatchObject({ code })
  })

  it.each([
    ['fewer', 21, 'DATA_CORRUPT'],
    ['more', 19, 'DATA_CORRUPT'],
    ['less than no', -20, 'DATA_BUDGET'],
  ])('of Parquet with %s rows than their footer says are refused', async (_, rows, code) => {
    const bytes = readFileSync(await written['Parquet']!())
    // The number of rows, between the schema and the groups of rows: a field of 64 bits, in zigzag.
    const at = bytes.lastIndexOf(Buffer.from([0x16, 2 * count, 0x19]))
    bytes[at + 1] = rows < 0 ? -2 * rows - 1 : 2 * rows
    writeFileSync(inFolder('rows.parquet'), bytes)
    const file = await openDataFile(inFolder('rows.parquet'))
    await expect(file.read('u')).rejects.toMatchObject({ code })
  })
})

describe('a table in Parquet', () => {
  it('has columns, texts as categories, and missing values as errors', async () => {
    const path = inFolder('table.parquet')
    const kinds = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 'red' : 'blue'))
    parquetWriteFile({
      filename: path,
      columnData: [
        { name: 'a', data: Array.from(kinds, (_, i) => i / 7), type: 'DOUBLE' },
        { name: 'n', data: Array.from(kinds, (_, i) => BigInt(i)), type: 'INT64' },
        { name: 'kind', data: kinds, type: 'STRING' },
        { name: 'y', data: Array.from(kinds, (_, i) => (i === 5 ? null : i * 2)), type: 'DOUBLE' },
      ],
    })
    const table = await loadTable(path, { inputs: 'a,kind', outputs: 'n' })
    expect(table.inputs).toBe(3)
    const { x, count: rows } = table.points('train')
    expect(x.length).toBe(3 * rows)
    await expect(loadTable(path, { inputs: 'a', outputs: 'y' })).rejects.toMatchObject({ code: 'DATA_NOT_FINITE' })
    const dropped = await loadTable(path, { inputs: 'a', outputs: 'y', missing: 'drop' })
    expect(['train', 'validation', 'test'].reduce((n, of) => n + dropped.points(of as 'train').count, 0)).toBe(11)
  })
})
