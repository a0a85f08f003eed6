import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from './fakeIo.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-compare-baselines-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Baselines = Readonly<Record<'untrained' | 'linear' | 'kernel' | 'dense' | 'randomSign', number | null>>
type Row = {
  readonly label: string
  readonly trials: readonly {
    readonly config: { readonly key: number; readonly dataKey: number }
    readonly baselines: Baselines
  }[]
  readonly baselines: Baselines
  readonly learned: boolean | null
  readonly paired: { readonly to: string; readonly paired: { readonly pairs: number; readonly low: number } } | null
}
type Printed = {
  readonly rows: readonly Row[]
  readonly baselines: Baselines
  readonly baselineFacts: readonly { readonly kernel: { readonly centres: number; readonly of: number } }[]
}

test('compare pairs data keys with network keys, and shows other methods, controls and intervals', async () => {
  const sizes = ['--sizes', '20,6,8', '--sensors', '9', '--branch', '8', '--trunk', '8', '--features', '4']
  const small = ['--batch', '16', '--time', '4', '--backend', 'reference', '--quiet', '--no-figures', '--json']
  const how = [
    '--estimators',
    'rfg:directions=1,bp',
    '--steps',
    '4',
    '--keys',
    '2',
    '--rates',
    '1',
    '--baselines',
    'all',
  ]
  const ran = await run('compare', 'poisson-1d', ...sizes, ...how, '--out', join(folder, 'poisson'), ...small)
  const { rows, baselines, baselineFacts } = JSON.parse(ran.out) as Printed
  for (const { trials } of rows)
    expect(trials.map(({ config: c }) => [c.key, c.dataKey])).toEqual([
      [0, 0],
      [1, 1],
    ])
  const [rfg, bp] = rows
  expect(rfg!.paired).toMatchObject({ to: 'bp', paired: { pairs: 2 } })
  expect(bp!.paired).toBeNull()
  expect(typeof rfg!.learned).toBe('boolean')
  const names = ['untrained', 'linear', 'kernel', 'dense', 'randomSign'] as const
  for (const row of rows) {
    const each = row.trials.map((trial) => trial.baselines)
    for (const own of [row.baselines, ...each]) expect(Object.keys(own)).toEqual(names)
    // The data of the two keys differ.
    expect(new Set(each.map((b) => b.linear)).size).toBe(2)
    for (const { linear, kernel } of each) for (const error of [linear, kernel]) expect(error).toBeLessThan(1e-4)
    const isControlled = row.label !== 'bp'
    for (const name of names) {
      const errors = each.map((b) => b[name])
      if (name === 'randomSign' && !isControlled) expect(errors).toEqual([null, null])
      else expect(row.baselines[name]).toBeCloseTo((errors[0]! + errors[1]!) / 2, 12)
    }
  }
  expect(baselines).toEqual(rfg!.baselines)
  for (const facts of baselineFacts) expect(Object.keys(facts)).toEqual(['linear', 'kernel', 'dense'])
  expect(baselineFacts.map(({ kernel }) => [kernel.centres, kernel.of])).toEqual([
    [20, 20],
    [20, 20],
  ])
  const page = await readFile(join(folder, 'poisson', 'table.md'), 'utf8')
  expect([...page.matchAll(/^\| (.*) with random signs, 4 steps \| \d/gm)].map(([, label]) => label)).toEqual([
    rfg!.label,
  ])
})
