/** Reads that fail inside the HDF5 library, which would otherwise return whatever is in its memory. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DataFile, type Hdf5Thread, hdf5Thread, openDataFile } from '../src/node.js'
import { hdf5File } from '../src/node/files/hdf5File.js'

let folder = ''
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'spikeward-hdf5-'))))
afterAll(() => rm(folder, { recursive: true }))

const n = 4096
const numbers = Float64Array.from({ length: n }, (_, i) => Math.sin(i))

/** A compressed array, behind one that is not. */
async function written(): Promise<Buffer> {
  const path = join(folder, 'whole.h5')
  const h5 = await import('h5wasm/node')
  await h5.ready
  const file = new h5.File(path, 'w')
  file.create_dataset({ name: 'plain', data: numbers, shape: [n] })
  file.create_dataset({
    name: 'packed',
    data: numbers,
    shape: [n],
    chunks: [n],
    compression: 'gzip',
    compression_opts: [4],
  })
  file.close()
  return readFile(path)
}

test('the library cannot take more memory than the budget of the file; its thread ends, and the next one reads', async () => {
  const small = join(folder, 'small.h5')
  await writeFile(small, await written())
  const size = 2 ** 20
  const large = join(folder, 'large.h5')
  const h5 = await import('h5wasm/node')
  const file = new h5.File(large, 'w')
  file.create_dataset({ name: 'x', data: new Float64Array(size), shape: [size], chunks: [size], compression: 'gzip' })
  file.close()
  const tight = hdf5Thread()
  const limited: Hdf5Thread = {
    ...tight,
    ask: (request, ...rest) => tight.ask(request.what === 'open' ? { ...request, memory: 2 ** 24 } : request, ...rest),
  }
  const numbersIn = async (path: string, name: string, thread: Hdf5Thread) => {
    const opened = await hdf5File(path, { thread, matlab: false, budget: { memory: 2 ** 28, seconds: 60 } })
    return (await opened.read(name)).data
  }
  expect(await numbersIn(small, 'packed', limited)).toEqual(numbers)
  await expect(numbersIn(large, 'x', limited)).rejects.toThrow(
    /cannot read "x" within its memory; the budget of memory.*\[DATA_BUDGET\]/,
  )
  expect(tight.spent).toBe(true)
  const thread = hdf5Thread()
  expect(await numbersIn(large, 'x', thread)).toHaveLength(size)
  await thread.close()
})

test.each(['.h5', '.mat'])(
  'a damaged chunk is an error, never numbers; the rest of the file is read, and the next file: %s',
  async (ending) => {
    const bytes = await written()
    // The head of a zlib stream of level 4.
    const at = bytes.lastIndexOf(Buffer.from([0x78, 0x5e]))
    expect(at).toBeGreaterThan(0)
    const head = Buffer.alloc(ending === '.mat' ? 512 : 0)
    head.write('MATLAB 7.3 MAT-file'.slice(0, head.length), 'latin1')
    const thread = hdf5Thread()
    const path = join(folder, `damaged${ending}`)
    const opened = async (content: Buffer): Promise<DataFile> => {
      await writeFile(path, Buffer.concat([head, content]))
      return openDataFile(path, { thread })
    }
    for (const offset of [100, 1000, 10_000]) {
      const damaged = Buffer.from(bytes)
      damaged.fill(0xff, at + offset, at + offset + 64)
      const file = await opened(damaged)
      await expect(file.read('packed')).rejects.toThrow(/cannot read "packed".*\[DATA_CORRUPT\]/)
      expect(thread.spent).toBe(false)
      expect((await file.read('plain')).data).toEqual(numbers)
      await file.close()
      // The same thread, under the same path.
      const whole = await opened(bytes)
      expect((await whole.read('packed')).data).toEqual(numbers)
      await whole.close()
    }
    await thread.close()
  },
)
