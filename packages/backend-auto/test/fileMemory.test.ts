import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { choicesPath, fileMemory } from '../src/node.js'

const folder = await mkdtemp(join(tmpdir(), 'spikeward-choices-'))
afterAll(() => rm(folder, { recursive: true }))

test('a file is made with its folder, read back, and replaced as a whole', async () => {
  const path = join(folder, 'cache', 'spikeward', 'backends.json')
  const memory = fileMemory(path)
  expect(await memory.load()).toBeNull()
  await memory.save('one')
  await memory.save('two')
  expect([await memory.load(), await readFile(path, 'utf8')]).toEqual(['two', 'two'])
  expect(await readdir(join(folder, 'cache', 'spikeward'))).toEqual(['backends.json'])
})

test("is in the user's cache folder", () => {
  vi.stubEnv('XDG_CACHE_HOME', '/somewhere')
  expect(choicesPath()).toBe('/somewhere/spikeward/backends.json')
  vi.unstubAllEnvs()
})
