import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeNir } from '@spikeward/nir'
import { contentsOf } from '../../src/hdf5/contents.js'
import type { Found } from '../../src/hdf5/contents.js'
import { loadLibrary, withFile } from '../../src/hdf5/hdf5Library.js'
import { limitsFor } from '../../src/hdf5/limits.js'
import { nirThread } from '../../src/node/nirThread.js'
import type { NirThread } from '../../src/node/nirThread.js'
import { bytesOf, chain, names, node } from '../fixtures.js'

let thread: NirThread
beforeEach(() => void (thread = nirThread()))
afterEach(() => thread.close())

const read = (bytes: Uint8Array, limits = {}): Promise<Found> => thread.read(bytes, limitsFor(bytes.length, limits))

test('a thread reads one file after the other as a new library does', async () => {
  const library = await loadLibrary()
  for (const name of [...names, ...names]) {
    const bytes = bytesOf(name)
    const expected = withFile(library, bytes, (file) => contentsOf(file, limitsFor(bytes.length, {})))
    expect(await read(bytes)).toEqual(expected)
    expect(thread.spent).toBe(false)
  }
})

test('it is spent after a file that is no file of HDF5', async () => {
  await expect(read(new Uint8Array(1000))).rejects.toThrow('NIR_MALFORMED')
  expect(thread.spent).toBe(true)
})

test('it is spent after a file of which an entry cannot be read', async () => {
  const scale = Array.from({ length: 4096 }, (_, i) => Math.sin(i))
  const bytes = Buffer.from(await writeNir(chain(4096, node('Scale', { scale }))))
  // Within the compressed numbers, behind the head of a zlib stream of level 4.
  const at = bytes.indexOf(Buffer.from([0x78, 0x5e])) + 1000
  bytes.fill(0xff, at, at + 64)
  expect(JSON.stringify(await read(bytes))).toContain('it is damaged')
  expect(thread.spent).toBe(true)
})

test('it is spent after a file that exceeds a limit', async () => {
  expect(await read(bytesOf('recurrent'), { objects: 1 })).toEqual({ exceeds: 'objects' })
  expect(thread.spent).toBe(true)
})

test('it is spent after a file that took too long', async () => {
  await expect(read(bytesOf('recurrent'), { seconds: 1e-3 })).rejects.toThrow('NIR_LIMIT')
  expect(thread.spent).toBe(true)
})

test('it is spent after a file for which the memory of the library grew', async () => {
  const n = 2 ** 20
  const bytes = await writeNir(chain(n, node('Scale', { scale: Array.from({ length: n }, () => 1) })))
  expect(await read(bytes, { numbers: 2 * n })).toHaveProperty('contents')
  expect(thread.spent).toBe(true)
})
