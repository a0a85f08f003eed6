import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeFolder } from '../../src/node.js'

let folder = ''
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'spikeward-folder-'))))
afterAll(() => rm(folder, { recursive: true }))

it('makes all parents, by several callers at once, and leaves what exists', async () => {
  const path = join(folder, 'a', 'b', 'c')
  await Promise.all([makeFolder(path), makeFolder(path), makeFolder(join(folder, 'a', 'd'))])
  await writeFile(join(path, 'file'), 'kept')
  await makeFolder(path)
  expect([await readdir(path), (await readdir(join(folder, 'a'))).sort()]).toEqual([['file'], ['b', 'd']])
})

it('names the place and the reason where there can be no folder', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  await expect(makeFolder(file)).rejects.toThrow(/cannot be written: a file has this name \(EEXIST\).*FILE_UNWRITABLE/)
  await expect(makeFolder(join(file, 'a', 'b'))).rejects.toThrow(/a part of the path is a file|a file has this name/)
})

it('ends where the system allows no folder', async (context) => {
  context.skip(process.platform !== 'linux', 'it names a folder in /proc, which only Linux has')
  await expect(makeFolder('/proc/spikeward/run')).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
})
