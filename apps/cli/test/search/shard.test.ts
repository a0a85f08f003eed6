/** A search in several processes that share a folder. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-search-shard-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const search = (name: string, ...more: readonly string[]) =>
  run(
    ...['search', 'parabola', '--backend', 'reference', '--hidden', '4', '--time', '2', '--batch', '8'],
    ...['--directions', '1', '--steps', '4', '--keys', '2', '--readout-solve', '0', '--json'],
    ...['--train', '16', '--validation', '8', '--test', '9', '--trials', '4', '--eta', '2'],
    ...more,
    ...['--out', join(folder, name)],
  )

const files = (name: string): number => readdirSync(join(folder, name, 'trials')).length

/** The results of two searches, without their times. */
const found = (out: string): unknown =>
  JSON.parse(out, (name, value: unknown) => (/seconds|folder|curve|^date$/i.test(name) ? null : value))

test('shards of a halving search run rung after rung, and find what one process finds', async () => {
  const shard = (i: number) => search('shared', '--strategy', 'halving', '--shard', `${i}/2`)
  const first = await shard(1)
  expect([first.code, first.out]).toEqual([0, ''])
  expect(first.err).toMatch(/Shard 1\/2: its trials of rung 1 of 3 .* 2 of other shards are not there yet/)
  expect(files('shared')).toBe(2)
  // The second shard finds the results of the first, and begins the next rung.
  expect((await shard(2)).err).toMatch(/Shard 2\/2: its trials of rung 2 of 3 /)
  let last = await shard(1)
  for (let i = 0; i < 6 && last.out === ''; i++) last = await shard((i % 2) + 1)
  const alone = await search('alone', '--strategy', 'halving')
  expect(found(last.out)).toEqual(found(alone.out))
  expect(files('shared')).toBe(files('alone'))
})

test('a Bayesian search is not cut into shards', async () => {
  const { code, err } = await search('bayesian', '--strategy', 'bayesian', '--shard', '1/2')
  expect([code, err]).toEqual([2, expect.stringContaining('--shard needs --strategy random or halving')])
})
