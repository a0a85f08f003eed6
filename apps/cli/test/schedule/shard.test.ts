/** Searches and comparisons in several processes that share a folder. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-shard-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const out = join(folder, 'shared')
const compare = (...more: string[]) =>
  run(
    ...['compare', 'parabola', '--backend', 'reference', '--hidden', '4', '--time', '2', '--batch', '4'],
    ...[
      '--estimators',
      'bp,rfg,eligibility',
      '--budget',
      '30ms',
      '--keys',
      '1',
      '--rates',
      '1',
      '--out',
      out,
      '--json',
      '--no-figures',
      '--no-figures',
    ],
    ...more,
  )
const stored = (): string[] => readdirSync(join(out, 'trials')).sort()

test('shards measure each row once, and the command without a shard writes the table of what they stored', async () => {
  const first = await compare('--shard', '1/2')
  expect([first.code, first.out]).toEqual([0, ''])
  expect(first.err).toMatch(/Shard 1\/2: 2 of 3 rows are stored/)
  const after = stored()
  const second = await compare('--shard', '2/2')
  expect(second.err).toMatch(/Shard 2\/2: 1 of 3 rows are stored/)
  const all = stored()
  expect(all.length).toBeGreaterThan(after.length)
  expect(all).toEqual(expect.arrayContaining(after))
  const whole = await compare()
  expect(whole.code).toBe(0)
  expect((JSON.parse(whole.out) as { rows: { label: string }[] }).rows.map((r) => r.label)).toEqual([
    ...['bp', 'rfg', 'eligibility'],
  ])
  // Nothing was measured again.
  expect(stored()).toEqual(all)
})

test.each([
  [['--shard', '3/2'], /such as 1\/8 to 8\/8/],
  [['--shard', 'all'], /such as 1\/8 to 8\/8/],
  [['--shard', '1/2', '--backend', 'auto'], /--shard without --backend/],
])('%j is wrong usage', async (args, message) => {
  const { code, err } = await compare(...args)
  expect([code, err]).toEqual([2, expect.stringMatching(message)])
})
