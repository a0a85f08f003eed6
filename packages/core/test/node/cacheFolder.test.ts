import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { cacheFolder, makeFolder } from '../../src/node.js'

afterEach(() => void vi.unstubAllEnvs())

it('is that of the variable, or in the home folder where the variable is absent, empty or relative', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/somewhere' })).toBe('/somewhere/spikeward')
  const own = join(homedir(), '.cache', 'spikeward')
  for (const given of [undefined, '', '.', 'cache', '../cache'])
    expect(cacheFolder({ XDG_CACHE_HOME: given })).toBe(own)
})

it('is named as absent where the user has no home folder', () => {
  for (const home of ['', 'home', '.']) {
    vi.stubEnv('HOME', home)
    expect(() => cacheFolder({})).toThrow(/set XDG_CACHE_HOME .*\[CACHE_FOLDER\]/)
    expect(cacheFolder({ XDG_CACHE_HOME: '/somewhere' })).toBe('/somewhere/spikeward')
  }
})

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
