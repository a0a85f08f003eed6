import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NdArray, loadData } from '../src/node.js'
import { hdf5File } from '../src/node/files/hdf5File.js'
import { encodeNpy, parseNpy } from '../src/node/files/npy.js'
import { encodeZip, readZip } from '../src/node/files/zip.js'
import { attempt, dice, isWhole, read } from './node/fileSupport.js'

/** Written by NumPy and SciPy: f[i, j] = (3i + j)/4 is [4, 3], u = 0 … 39 is [4, 5, 2]. */
const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))
const f: NdArray = { shape: [4, 3], data: Float64Array.from({ length: 12 }, (_, i) => i / 4) }
const u: NdArray = { shape: [4, 5, 2], data: Float64Array.from({ length: 40 }, (_, i) => i) }

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-files-'))
  await makeHdf5()
})
afterAll(() => rm(folder, { recursive: true }))

/** HDF5 files, written by the library itself; the second as MATLAB 7.3 does it: 512 bytes before, axes reversed. */
async function makeHdf5(): Promise<void> {
  const h5 = await import('h5wasm/node')
  await h5.ready
  const file = new h5.File(join(folder, 'own.h5'), 'w')
  file.create_dataset({ name: 'f', data: f.data, shape: [4, 3] })
  file.create_dataset({
    name: 'packed',
    data: Float32Array.from(u.data),
    shape: [4, 5, 2],
    chunks: [2, 5, 2],
    compression: 5,
  })
  file.create_dataset({ name: 'whole', data: BigInt64Array.of(1n, -2n) })
  file.create_dataset({ name: 'words', data: ['a', 'b'] })
  file.create_group('group').create_dataset({ name: 'x', data: Int16Array.of(1, 2, 3) })
  file.close()
  // The oldest version of the format writes the names of filters, and no checksums.
  const old = new h5.File(join(folder, 'old.h5'), 'w', { libver: ['earliest', 'v200'] })
  old.create_dataset({ name: 'f', data: f.data, shape: [4, 3] })
  old.create_dataset({ name: 'packed', data: u.data, shape: [4, 5, 2], chunks: [2, 5, 2], compression: 5 })
  old.close()
  const matlab = new h5.File(join(folder, 'bare.h5'), 'w')
  const reversed = Float64Array.from({ length: 12 }, (_, i) => f.data[(i % 4) * 3 + Math.floor(i / 4)]!)
  matlab.create_dataset({ name: 'f', data: reversed, shape: [3, 4] })
  matlab.close()
  const head = Buffer.alloc(512)
  head.write('MATLAB 7.3 MAT-file, written by a test'.padEnd(124))
  head.writeUInt16LE(0x0200, 124)
  head.write('IM', 126)
  await writeFile(join(folder, 'new.mat'), Buffer.concat([head, await readFile(join(folder, 'bare.h5'))]))
}

describe('files as NumPy, SciPy and HDF5 write them', () => {
  it('.npy: row-major, column-major, big-endian, half precision', async () => {
    expect(await read(fixture('f.npy'), 'f')).toEqual(f)
    expect(await read(fixture('fortran.npy'), 'fortran')).toEqual(f)
    expect(await read(fixture('half.npy'), 'half')).toEqual(f)
    expect((await attempt(fixture('text.npy'))).codes).toEqual(['DATA_UNSUPPORTED'])
  })

  it.each(['plain.npz', 'packed.npz', 'plain.mat', 'packed.mat'])('%s', async (name) => {
    expect(await read(fixture(name), 'f')).toEqual(f)
    expect(await read(fixture(name), 'u')).toEqual(u)
  })

  it('.mat: row vectors and integers; anything but an array of numbers is named', async () => {
    expect(await read(fixture('plain.mat'), 'i')).toEqual({ shape: [1, 3], data: Float64Array.of(0, 1, 2) })
    for (const [name, what] of [
      ['name', 'text'],
      ['c', 'complex'],
      ['cell', 'a cell array'],
      ['s', 'a struct'],
    ] as const)
      await expect(read(fixture('plain.mat'), name)).rejects.toThrow(what)
  })

  it('HDF5: plain, chunked and compressed, integers of 64 bits, in groups', async () => {
    const path = join(folder, 'own.h5')
    expect(await read(path, 'f')).toEqual(f)
    expect(await read(path, 'packed')).toEqual(u)
    expect(await read(path, 'whole')).toEqual({ shape: [2], data: Float64Array.of(1, -2) })
    expect(await read(path, '/group/x')).toEqual({ shape: [3], data: Float64Array.of(1, 2, 3) })
    await expect(read(path, 'words')).rejects.toThrow('no real numbers')
  })

  it('HDF5: refuses a filter that the library would silently pass over', async () => {
    // The description of the deflate filter (version 1: id 1, name of 8 bytes) is made into one of lzf, 32000.
    const bytes = await readFile(join(folder, 'old.h5'))
    expect(await read(join(folder, 'old.h5'), 'packed')).toEqual(u)
    const at = bytes.indexOf('deflate\0')
    expect(at).toBeGreaterThan(0)
    expect(bytes.readUInt16LE(at - 8)).toBe(1)
    bytes.writeUInt16LE(32000, at - 8)
    const path = join(folder, 'lzf.h5')
    await writeFile(path, bytes)
    await expect(read(path, 'packed')).rejects.toMatchObject({ code: 'DATA_UNSUPPORTED' })
    expect(await read(path, 'f')).toEqual(f)
  })

  it("MATLAB 7.3: axes in MATLAB's order", async () => {
    expect(await read(join(folder, 'new.mat'), 'f')).toEqual(f)
  })
})

describe('what our own writers write', () => {
  it('.npy is read back', () => {
    for (const a of [f, u, { shape: [2], data: Float64Array.of(1, NaN) }, { shape: [], data: Float64Array.of(3) }])
      expect(parseNpy(encodeNpy(a), 'x')).toEqual(a)
  })

  it('columns of a .npy matrix are read by their numbers', async () => {
    const path = join(folder, 'matrix.npy')
    await writeFile(path, encodeNpy({ shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) }))
    expect(await read(path, '3')).toEqual({ shape: [2], data: Float64Array.of(3, 6) })
    expect(await read(path, '1:2')).toEqual({ shape: [2, 2], data: Float64Array.of(1, 2, 4, 5) })
    for (const name of ['0', '4', '2:1', '1:4']) await expect(read(path, name)).rejects.toThrow('DATA_NAME_UNKNOWN')
  })

  it('zip archives are read back, checksums compared', async () => {
    const entries = new Map([
      ['a', Uint8Array.of(1, 2, 3)],
      ['b.txt', new Uint8Array()],
    ])
    const bytes = await encodeZip(entries)
    expect(await encodeZip(entries)).toEqual(bytes)
    const found = [...(await readZip(bytes, 'x'))].map(async ([name, entry]) => [name, [...(await entry.read())]])
    expect(await Promise.all(found)).toEqual([
      ['a', [1, 2, 3]],
      ['b.txt', []],
    ])
    bytes[Buffer.from(bytes).indexOf(Uint8Array.of(1, 2, 3)) + 1] = 9
    await expect((await readZip(bytes, 'x')).get('a')!.read()).rejects.toThrow('checksum')
  })
})

describe('files that are not what was expected', () => {
  it('an unknown name: the error lists the names with their shapes', async () => {
    await expect(read(fixture('packed.npz'), 'g')).rejects.toThrow('f [4 × 3], u [4 × 5 × 2]')
    await expect(read(fixture('packed.mat'), 'g')).rejects.toThrow('f [4 × 3]')
    await expect(read(join(folder, 'own.h5'), 'g')).rejects.toThrow('group/x [3]')
    await expect(read(fixture('f.npy'), 'g')).rejects.toMatchObject({ code: 'DATA_NAME_UNKNOWN' })
  })

  it('no file, an empty one, another kind', async () => {
    expect((await attempt(join(folder, 'none.mat'))).codes).toEqual(['DATA_FILE_NOT_FOUND'])
    await writeFile(join(folder, 'empty.npy'), '')
    expect((await attempt(join(folder, 'empty.npy'))).codes).toEqual(['DATA_CORRUPT'])
    await writeFile(join(folder, 'other.mat'), 'some text')
    expect((await attempt(join(folder, 'other.mat'))).codes).toEqual(['DATA_CORRUPT'])
    await writeFile(join(folder, 'other.bin'), Uint8Array.of(0, 255, 1))
    expect((await attempt(join(folder, 'other.bin'))).codes).toEqual(['DATA_FORMAT_UNKNOWN'])
  })

  it.each(['f.npy', 'plain.npz', 'packed.npz', 'plain.mat', 'packed.mat'])(
    '%s cut short is a clear error',
    async (name) => {
      const bytes = await readFile(fixture(name))
      const path = join(folder, `cut-${name}`)
      const cuts = Array.from({ length: 40 }, (_, i) => Math.floor((bytes.length * i) / 40))
      for (const cut of [...cuts, bytes.length - 1]) {
        await writeFile(path, bytes.subarray(0, cut))
        const { codes, arrays } = await attempt(path)
        // A MAT-file that ends between two arrays is a shorter whole file.
        if (!name.endsWith('.mat') || cut < 200) expect(codes.length, `cut at ${cut}`).toBeGreaterThan(0)
        expect(arrays.every(isWhole)).toBe(true)
      }
    },
  )

  it.each(['f.npy', 'plain.npz', 'packed.npz', 'plain.mat', 'packed.mat'])(
    '%s with bytes flipped never crashes; compressed ones never give wrong numbers',
    async (name) => {
      const whole = await readFile(fixture(name))
      const path = join(folder, `flip-${name}`)
      const right = (await attempt(fixture(name))).arrays
      const next = dice(12345)
      // The endurance test damages many more files.
      for (let i = 0; i < 75; i++) {
        const bytes = Buffer.from(whole)
        for (let k = 0; k <= i % 3; k++) bytes[next(bytes.length)]! ^= 1 << next(8)
        await writeFile(path, bytes)
        const { arrays } = await attempt(path)
        expect(arrays.every(isWhole)).toBe(true)
        if (name.startsWith('packed')) for (const a of arrays) expect(right).toContainEqual(a)
      }
    },
  )

  it('HDF5 cut short is a clear error, wherever it is cut', async () => {
    const whole = await readFile(join(folder, 'own.h5'))
    const path = join(folder, 'cut.h5')
    const next = dice(11)
    const cuts = Array.from({ length: 7 }, () => next(whole.length))
    for (const cut of [100, Math.floor(whole.length / 2), whole.length - 1, ...cuts]) {
      await writeFile(path, whole.subarray(0, cut))
      expect((await attempt(path)).codes.length, `cut at ${cut}`).toBeGreaterThan(0)
    }
  })

  it('HDF5 with bytes flipped, few or many, is a clear error, or what is left', async () => {
    const whole = await readFile(join(folder, 'own.h5'))
    const path = join(folder, 'flip.h5')
    const next = dice(13)
    for (let i = 0; i < 10; i++) {
      const bytes = Buffer.from(whole)
      for (let k = 0; k < (i % 5 === 0 ? 40 : 1 + (i % 3)); k++) bytes[next(bytes.length)]! ^= 1 << next(8)
      await writeFile(path, bytes)
      expect((await attempt(path)).arrays.every(isWhole), `flip ${i}`).toBe(true)
    }
  })

  it('an HDF5 library that does not answer is terminated', async () => {
    const asked = hdf5File(join(folder, 'own.h5'), { matlab: false, budget: { seconds: 0 } })
    await expect(asked).rejects.toThrow(/gave no answer.*\[DATA_BUDGET\]/)
  })
})

describe('loadData', () => {
  const asked = { inputs: 'f', outputs: 'u' }
  it('makes a problem with three sets that share no function and leave none out', async () => {
    const problem = await loadData(fixture('packed.npz'), {
      ...asked,
      coords: 'x, t',
      split: { validation: 0.25, test: 0.25 },
    })
    expect(problem.axes).toEqual(['x', 'y'])
    expect(problem.sizes).toEqual({ train: 2, validation: 1, test: 1 })
    expect(problem.at).toEqual({ kind: 'grid', axes: [Float64Array.of(0, 0.25, 0.5, 0.75, 1), Float64Array.of(0, 1)] })
    const sets = await Promise.all((['train', 'validation', 'test'] as const).map((s) => problem.data(s)))
    const firsts = sets.flatMap((s) =>
      Array.from({ length: s.count }, (_, i) => [s.sensors[3 * i]!, s.values[10 * i]!]),
    )
    expect(firsts.sort((a, b) => a[0]! - b[0]!)).toEqual([
      [0, 0],
      [0.75, 10],
      [1.5, 20],
      [2.25, 30],
    ])
  })

  it('takes several outputs, scattered points, no coordinates, all functions for the test', async () => {
    const several = await loadData(fixture('packed.mat'), { ...asked, coords: 'x' })
    expect([several.outputs, several.axes]).toEqual([2, ['x']])
    const none = await loadData(fixture('packed.npz'), { ...asked, split: { validation: 0, test: 1 } })
    expect(none.at).toMatchObject({ kind: 'grid' })
    expect((await none.data('test')).count).toBe(4)
    await writeFile(
      join(folder, 'where.npy'),
      encodeNpy({ shape: [10, 2], data: Float64Array.from({ length: 20 }, (_, i) => i) }),
    )
    const apart = await loadData(fixture('packed.npz'), { ...asked, coords: `${join(folder, 'where.npy')}#where` })
    expect(apart.at).toMatchObject({ kind: 'points', axes: 2 })
    expect(apart.domain).toEqual([
      [0, 18],
      [1, 19],
    ])
  })

  it('reports the expected and the actual shape', async () => {
    const load = (o: Partial<Parameters<typeof loadData>[1]>) => loadData(fixture('packed.npz'), { ...asked, ...o })
    await expect(load({ outputs: 'x' })).rejects.toThrow(
      'expected outputs of [4 functions × points]; found: "x" is [5]',
    )
    await expect(load({ coords: 't,x' })).rejects.toThrow(
      /expected outputs of \[functions × 2 × 5\].*found: "u" is \[4 × 5 × 2\]/,
    )
    await expect(load({ coords: 'f' })).rejects.toMatchObject({ code: 'DATA_SHAPE' })
    await expect(loadData(fixture('plain.npz'), { inputs: 'i', outputs: 'u' })).rejects.toThrow('found: "i" is [3]')
    await expect(load({ inputs: 'g' })).rejects.toMatchObject({ code: 'DATA_NAME_UNKNOWN' })
    await expect(load({ split: { test: 2 } })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  it('refuses invalid numbers, and reports their position', async () => {
    const path = join(folder, 'nan.npz')
    const bad = { shape: [2, 2], data: Float64Array.of(1, 2, NaN, 4) }
    await writeFile(
      path,
      await encodeZip(
        new Map([
          ['f.npy', encodeNpy(bad)],
          ['u.npy', encodeNpy(bad)],
        ]),
      ),
    )
    await expect(loadData(path, asked)).rejects.toThrow('"f" holds NaN at [1, 0]')
  })
})
