import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hdf5File } from '../../src/node/files/hdf5File.js'
import { lentThread, strictThread } from '../../src/node/files/lentThread.js'
import type { Hdf5Thread } from '../../src/node.js'

const n = 1024
const numbers = Float64Array.from({ length: n }, (_, i) => Math.sin(i))
let folder = ''
const pathOf = (name: string): string => join(folder, `${name}.h5`)

/** Writes a file with a compressed array `x`. */
async function write(name: string, data: Float64Array): Promise<void> {
  const h5 = await import('h5wasm/node')
  await h5.ready
  const file = new h5.File(pathOf(name), 'w')
  file.create_dataset({ name: 'x', data, shape: [data.length], chunks: [data.length], compression: 'gzip' })
  file.close()
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-lent-'))
  await write('whole', numbers)
  await write('other', numbers.toReversed())
  const bytes = await readFile(pathOf('whole'))
  bytes.fill(0xff, bytes.length - 1000, bytes.length - 900)
  await writeFile(pathOf('damaged'), bytes)
})
afterAll(() => rm(folder, { recursive: true }))

async function read(name: string, thread?: Hdf5Thread): Promise<Float64Array> {
  const file = await hdf5File(pathOf(name), { matlab: false, ...(thread && { thread }) })
  try {
    return (await file.read('x')).data
  } finally {
    await file.close()
  }
}

test('files one after the other, at once, after a damaged one and written anew have their own numbers', async () => {
  expect(await read('whole')).toEqual(numbers)
  expect(await read('other')).toEqual(numbers.toReversed())
  expect(await Promise.all(['whole', 'other'].map((name) => read(name)))).toEqual([numbers, numbers.toReversed()])
  await expect(read('damaged')).rejects.toThrow('[DATA_CORRUPT]')
  expect(await read('whole')).toEqual(numbers)
  await write('new', numbers)
  expect(await read('new')).toEqual(numbers)
  await write('new', numbers.toReversed())
  expect(await read('new')).toEqual(numbers.toReversed())
})

test('a closed file does not read in the thread of the next one', async () => {
  const first = await hdf5File(pathOf('whole'), { matlab: false })
  await first.close()
  await first.close()
  const [second, third] = [
    await hdf5File(pathOf('other'), { matlab: false }),
    await hdf5File(pathOf('whole'), { matlab: false }),
  ]
  await expect(first.read('x')).rejects.toThrow(/it was closed.*\[DATA_CORRUPT\]/)
  expect((await second.read('x')).data).toEqual(numbers.toReversed())
  expect((await third.read('x')).data).toEqual(numbers)
  await Promise.all([second.close(), third.close()])
})

test('a thread is handed on after whole files only', async () => {
  const thread = strictThread()
  const ask = thread.ask
  expect(await read('whole', thread)).toEqual(numbers)
  expect(await ask({ what: 'close' }, pathOf('whole'), 60)).toHaveProperty('sound', true)
  expect(thread.spent).toBe(false)
  await expect(read('damaged', thread)).rejects.toThrow('[DATA_CORRUPT]')
  expect(thread.spent).toBe(true)
  await thread.close()
  const lent = lentThread()
  await lent.close()
  expect(lent.spent).toBe(true)
})

test('a thread whose memory grew is not handed on', async () => {
  const thread = strictThread()
  await write('large', new Float64Array(2 ** 22))
  const large = await hdf5File(pathOf('large'), { matlab: false, thread, budget: { memory: 2 ** 28 } })
  expect((await large.read('x')).data).toHaveLength(2 ** 22)
  expect(thread.spent).toBe(true)
  await thread.close()
})
