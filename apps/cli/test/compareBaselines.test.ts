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

type Row = {
  readonly label: string
  readonly trials: readonly {
    readonly config: { readonly key: number; readonly dataKey: number }
    readonly baselineRidge: number
  }[]
  readonly randomSign: readonly (number | null)[] | null
  readonly baselines: readonly Readonly<
    Record<'untrained' | 'linear' | 'kernel' | 'dense' | 'randomSign', number | null>
  >[]
  readonly learned: boolean | null
  readonly paired: { readonly to: string; readonly paired: { readonly pairs: number; readonly low: number } } | null
}
type Printed = {
  readonly rows: readonly Row[]
  readonly baselines: Readonly<Record<'untrained' | 'linear' | 'kernel' | 'dense', readonly (number | null)[]>> & {
    readonly facts: readonly { readonly kernel: { readonly centres: number; readonly of: number } }[]
  }
}

test('compare pairs data keys with network keys, and shows other methods, controls and intervals', async () => {
  const sizes = ['--sizes', '40,12,16', '--sensors', '21', '--branch', '8', '--trunk', '8', '--features', '4']
  const small = ['--batch', '16', '--time', '4', '--backend', 'cpu', '--quiet', '--no-figures', '--json']
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
  const { rows, baselines } = JSON.parse(ran.out) as Printed
  for (const { trials } of rows)
    expect(trials.map(({ config: c }) => [c.key, c.dataKey])).toEqual([
      [0, 0],
      [1, 1],
    ])
  const [rfg, bp] = rows
  expect(rfg!.randomSign).toHaveLength(2)
  expect(bp!.randomSign).toBeNull()
  expect(rfg!.paired).toMatchObject({ to: 'bp', paired: { pairs: 2 } })
  expect(bp!.paired).toBeNull()
  expect(typeof rfg!.learned).toBe('boolean')
  for (const errors of [baselines.linear, baselines.kernel]) for (const e of errors) expect(e).toBeLessThan(1e-4)
  expect(baselines.linear[0]).not.toBe(baselines.linear[1])
  expect(baselines.dense).toHaveLength(2)
  expect(baselines.untrained).toEqual(rfg!.trials.map((t) => t.baselineRidge))
  expect(baselines.facts.map(({ kernel }) => [kernel.centres, kernel.of])).toEqual([
    [40, 40],
    [40, 40],
  ])
  expect(rfg!.baselines).toEqual(
    [0, 1].map((i) => ({
      untrained: rfg!.trials[i]!.baselineRidge,
      linear: baselines.linear[i],
      kernel: baselines.kernel[i],
      dense: baselines.dense[i],
      randomSign: rfg!.randomSign![i],
    })),
  )
  expect(bp!.baselines.map((b) => b.randomSign)).toEqual([null, null])
  const page = await readFile(join(folder, 'poisson', 'table.md'), 'utf8')
  expect([...page.matchAll(/^\| (.*) with random signs, 4 steps \| \d/gm)].map(([, label]) => label)).toEqual([
    rfg!.label,
  ])
})
