import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readNir, writeNir } from '@spikeward/nir'
import { readNirFile } from '@spikeward/nir/node'
import { bytesOf, chain, names, node, pathOf } from '../fixtures.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nir-'))
})
afterAll(() => rm(folder, { recursive: true }))

test.each(names)('%s is read as in the same thread', async (name) => {
  expect(await readNirFile(pathOf(name))).toEqual(await readNir(bytesOf(name)))
})

test('a device', async () => {
  await expect(readNirFile(devNull)).rejects.toThrow('it is not a file; name a NIR file [FILE_UNREADABLE]')
})

test('a file that is not there', async () => {
  await expect(readNirFile(join(folder, 'gone.nir'))).rejects.toThrow('FILE_UNREADABLE')
})

test('a damaged file is refused, also if the library loops or aborts', async () => {
  for (const at of [700, 9000, 20_000]) {
    const bytes = bytesOf('recurrent')
    bytes.fill(0xff, at, at + 40)
    const path = join(folder, 'damaged.nir')
    await writeFile(path, bytes)
    const read = await readNirFile(path, { seconds: 20 }).then(
      () => 'read',
      (error: Error) => error.message,
    )
    expect(read).toMatch(/^read$|\[NIR_/)
  }
})

test('a damaged chunk is an error, never whatever is in memory', async () => {
  const scale = Array.from({ length: 4096 }, (_, i) => Math.sin(i))
  const bytes = Buffer.from(await writeNir(chain(4096, node('Scale', { scale }))))
  // The head of a zlib stream of level 4.
  const at = bytes.indexOf(Buffer.from([0x78, 0x5e]))
  expect(at).toBeGreaterThan(0)
  bytes.fill(0xff, at + 1000, at + 1064)
  const path = join(folder, 'chunk.nir')
  await writeFile(path, bytes)
  await expect(readNirFile(path)).rejects.toThrow(/scale' cannot be read: it is damaged.*\[NIR_MALFORMED\]/)
  await expect(readNir(bytes)).rejects.toThrow(/scale' cannot be read: it is damaged.*\[NIR_MALFORMED\]/)
})

test('a file that takes too long is given up', async () => {
  await expect(readNirFile(pathOf('recurrent'), { seconds: 1e-3 })).rejects.toThrow('NIR_LIMIT')
})

test('a library that takes more memory than the limit is refused', async () => {
  const path = join(folder, 'large.nir')
  await writeFile(
    path,
    await writeNir(chain(2 ** 21, node('Scale', { scale: Array.from({ length: 2 ** 21 }, () => 1) }))),
  )
  const limits = { numbers: 2 ** 22 }
  await expect(readNirFile(path, { ...limits, memory: 2 ** 24 })).rejects.toThrow(
    /takes more memory than.*\[NIR_LIMIT\]/,
  )
  expect(Object.keys((await readNirFile(path, limits)).nodes)).toEqual(['n0', 'n1', 'n2'])
})
