/** The digest of data in a folder stands for everything that a run reads from it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeNpy } from '@spikeward/problems/node'
import { afterAll, expect, test } from 'vitest'
import { digestOf } from '../../src/node/inputs/digests.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-digests-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Files of a Zarr store, and of a folder of shards. */
const stores = {
  'a.zarr': ['zarr.json', 'f/zarr.json', 'f/c/0/0', 'f/c/0/1'],
  shards: ['f-0.npy', 'f-1.npy'],
}

test.each(Object.entries(stores))('of %s changes with one byte anywhere', async (store, names) => {
  for (const name of names) {
    mkdirSync(join(folder, store, name, '..'), { recursive: true })
    writeFileSync(join(folder, store, name), encodeNpy({ shape: [20_000], data: new Float64Array(20_000) }))
  }
  const before = await digestOf(join(folder, store))
  const seen = new Set([before])
  for (const name of names) {
    const path = join(folder, store, name)
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.with(80_000, 1))
    seen.add(await digestOf(join(folder, store)))
    writeFileSync(path, bytes)
  }
  expect(seen.size).toBe(1 + names.length)
  expect(await digestOf(join(folder, store))).toBe(before)
})

test('of a folder of shards is that of its shards alone, so that a run may lie beside them', async () => {
  const before = await digestOf(join(folder, 'shards'))
  mkdirSync(join(folder, 'shards', 'run'))
  writeFileSync(join(folder, 'shards', 'notes.txt'), 'mine')
  expect(await digestOf(join(folder, 'shards'))).toBe(before)
})
