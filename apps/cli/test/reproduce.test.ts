import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { rowConfig } from '../src/reproduction/reproduceRows.js'
import { neuropinns2025 } from '../src/reproduction/neuropinns2025.js'
import { qif2025 } from '../src/reproduction/qif2025.js'
import { spinonet2026 } from '../src/reproduction/spinonet2026.js'
import { reproduceReport } from '../src/reproduction/reproduceReport.js'
import type { ReproduceCase } from '../src/reproduction/reproduction.js'
import { wan2024 } from '../src/reproduction/wan2024.js'
import { decodePng, survey } from './decodePng.js'
import { type Ran, run } from './fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-reproduce-'))
const place = (name: string): string => join(folder, name)
const text = (...path: readonly string[]): string => readFileSync(place(join(...path)), 'utf8')
const lastLine = (out: string): Record<string, unknown> => {
  expect(out.trimEnd().split('\n')).toHaveLength(1)
  return JSON.parse(out) as Record<string, unknown>
}

test('has every problem of the paper, and settings for both slopes and all methods', async () => {
  const settings = { keys: 1, backend: 'reference', threads: 1, quick: true, budget: null }
  const found = await Promise.all(
    wan2024.cases.map(async (one) => {
      const pairs = one.surrogates.flatMap(({ name }) => one.rows.map(({ ours }) => [ours, name] as const))
      const configs = await Promise.all(pairs.map(([ours, surrogate]) => rowConfig(one, ours, surrogate, settings)))
      return [one.name, one.problem, new Set(configs.map(({ surrogate }) => surrogate)).size, configs.length]
    }),
  )
  expect(found).toEqual([
    ['mexican-hat', 'mexican-hat', 2, 6],
    ['mexican-hat-0.8', 'mexican-hat', 1, 3],
    ['poisson-1d', 'poisson-1d', 2, 6],
    ['reaction-diffusion', 'reaction-diffusion', 2, 6],
  ])
})

test('runs the hat of the group’s later papers: s = 0.8 on 100² and 300² points', async () => {
  const hat = wan2024.cases.find(({ name }) => name === 'mexican-hat-0.8')!
  const settings = { keys: 1, backend: 'reference', threads: 1, quick: true, budget: null }
  const config = await rowConfig(hat, hat.rows[0]!.ours, 'atan', settings)
  expect(config.problemOptions).toEqual({ s: 0.8, train: 100, test: 300 })
  expect(hat.rows.map(({ paper }) => paper)).toEqual([0.0426, 0.0342, 0.0298])
})

const whole = { keys: 1, backend: 'reference', threads: 1, quick: false, budget: null }

const configsOf = (one: ReproduceCase) =>
  Promise.all(one.rows.map(({ ours }) => rowConfig(one, ours, one.surrogates[0]!.name, whole)))

test('runs other numbers of steps for a try, and says that they are not those of the rows', async () => {
  const [one] = wan2024.cases
  const settings = { ...whole, steps: 7 }
  expect((await rowConfig(one!, one!.rows[0]!.ours, 'atan', settings)).steps).toBe(7)
  expect(reproduceReport({ ...wan2024, cases: [] }, settings, [], [])).toMatch(/Every run takes 7 steps.*nor the paper/)
  expect(reproduceReport({ ...wan2024, cases: [] }, whole, [], [])).not.toContain('Every run takes')
})

test('names the problems of each paper in its help, and takes one end of a run', async () => {
  const { out } = await run('reproduce', '--help')
  const shown = out.replace(/\s+/g, ' ')
  expect(shown).toContain(`of wan2024: ${wan2024.cases.map(({ name }) => name).join(', ')}`)
  const { code, err } = await run('reproduce', 'wan2024', '--steps', '3', '--budget', '1s', '--out', place('both'))
  expect([code, err]).toEqual([2, expect.stringContaining('--steps and --budget')])
})

test('states what is ours where no number of a paper is known', async () => {
  expect(neuropinns2025.caveats.some((text) => text.startsWith('Ours: '))).toBe(true)
  for (const one of neuropinns2025.cases) {
    expect(one.choice).toMatch(/ours\)$/)
    expect(one.rows.map((row) => row.paper)).toEqual([null, null])
    const configs = await configsOf(one)
    expect(configs.map(({ estimator }) => estimator)).toEqual(['gaussNewton', 'bp'])
    for (const config of configs) expect(config).toMatchObject({ ...one.common, surrogate: 'atan' })
  }
})

test('has the sizes of the separable operator network of its paper, and its error on Burgers', async () => {
  const [physics, hybrid] = spinonet2026.cases as [ReproduceCase, ReproduceCase]
  expect(physics.rows.map(({ paper }) => paper)).toEqual([0.07, 0.07])
  expect(hybrid.rows.map(({ paper }) => paper)).toEqual([null, null])
  for (const config of await configsOf(physics)) {
    expect(config).toMatchObject({ spiking: 'branch', neuron: 'variable', time: 1, loss: 'physics', steps: 1000 })
    expect(config).toMatchObject({ branch: Array(6).fill(100), trunk: Array(6).fill(50), features: 20, rank: 20 })
  }
})

test('compares both neurons, forward only and by back-propagation, with what the paper of quadratic neurons reports', async () => {
  for (const one of qif2025.cases) {
    const configs = await configsOf(one)
    expect(configs.filter(({ estimator }) => estimator === 'bp')).toHaveLength(configs.length / 2)
    // First spikes are those of quadratic neurons.
    const kinds = configs.map(({ neuron, networkOptions }) =>
      networkOptions['code'] === 'firstSpike' ? 'quadratic' : neuron,
    )
    expect(new Set(kinds).size).toBe(2)
    expect(kinds.filter((kind) => kind === 'quadratic')).toHaveLength(configs.length / 2)
    one.rows.forEach(({ label }, i) => expect(label.startsWith('QIF')).toBe(kinds[i] === 'quadratic'))
  }
  const poisson = qif2025.cases.find(({ name }) => name === 'poisson-1d')!
  expect(poisson.rows.map(({ paper, ours }) => [ours.time, paper])).toEqual(
    [32, 64, 128].flatMap((time, i) =>
      [[0.198, 0.157, 0.089][i], 0.0273].flatMap((paper) => [
        [time, paper],
        [time, paper],
      ]),
    ),
  )
  // A paper that claims no saving is not quoted with one.
  expect(reproduceReport({ ...qif2025, cases: [qif2025.cases[0]!] }, whole, [], [])).not.toContain('The paper reports')
  expect(reproduceReport({ ...wan2024, cases: [wan2024.cases[0]!] }, whole, [], [])).toContain('about 66% below')
})

describe('reproduce', () => {
  let ran: Ran
  beforeAll(async () => {
    ran = await run(
      'reproduce',
      'wan2024',
      '--quick',
      '--keys',
      '1',
      '--threads',
      '1',
      '--only',
      'mexican-hat',
      '--out',
      place('paper'),
      '--json',
    )
  })

  test("compares our errors with the paper's, for both slopes", () => {
    expect(ran.code).toBe(0)
    const { rows } = lastLine(ran.out) as { rows: Record<string, unknown>[] }
    expect(rows.map((r) => [r['surrogate'], r['paper']])).toEqual([
      ['atan', 0.0426],
      ['atan', 0.0342],
      ['atan', 0.0298],
      ['steinGaussian', 0.0426],
      ['steinGaussian', 0.0342],
      ['steinGaussian', 0.0298],
    ])
    for (const row of rows) {
      expect(row['mean']).toBeGreaterThan(0)
      expect((row['baselines'] as Record<string, number>)['untrained']).toBeLessThan(0.2)
    }
    const of = (surrogate: string): unknown[] => rows.filter((r) => r['surrogate'] === surrogate).map((r) => r['mean'])
    expect(of('atan')).not.toEqual(of('steinGaussian'))
  })

  test('measures the cost of a step instead of quoting the claim', () => {
    const { costs } = lastLine(ran.out) as { costs: Record<string, number>[] }
    expect(costs).toHaveLength(4)
    expect(costs.at(-1)).toMatchObject({ label: 'back-propagation', timeByBp: 1, flopsByBp: 1, peakBytesByBp: 1 })
    // Nothing is stored per time step.
    expect(costs[0]?.['peakBytesByBp']).toBeLessThan(0.5)
  })

  test('states what is ours, and writes a table and a figure that is not blank', () => {
    const table = text('paper/table.md')
    expect(table).toMatch(/does not prove that the paper’s problem is reproduced/)
    expect(table).toMatch(/untrained ridge, ours \| random signs, ours \| rate \| readout solved every/)
    expect(table).toMatch(/about 66% below/)
    expect(text('paper/mexican-hat.svg')).toContain('back-propagation')
    expect(text('paper/mexican-hat.svg')).toContain('relative L2 on the test points')
    expect(survey(decodePng(readFileSync(place('paper/mexican-hat.png')))).inked).toBeGreaterThan(0.002)
  })

  test('has both slopes, all methods, and both errors of an operator', async () => {
    const args = [
      'reproduce',
      'wan2024',
      '--quick',
      '--backend',
      'native',
      '--quiet',
      '--json',
      '--out',
      place('whole'),
    ]
    const { code, out } = await run(...args, '--threads', '1', '--keys', '1', '--only', 'poisson-1d')
    expect(code).toBe(0)
    const result = lastLine(out) as { rows: Record<string, unknown>[]; costs: object[] }
    expect(result.rows.map((r) => [r['problem'], r['surrogate']])).toEqual(
      ['atan', 'steinGaussian'].flatMap((s) => [0, 1, 2].map(() => ['poisson-1d', s])),
    )
    for (const row of result.rows) {
      for (const name of ['mean', 'meanPooled']) expect(row[name], name).toBeGreaterThan(0)
      expect((row['baselines'] as Record<string, number>)['untrained']).toBeGreaterThan(0)
      for (const name of ['spread', 'spreadPooled', 'paper']) expect(row[name], name).toBeNull()
    }
    expect(result.costs).toHaveLength(4)
    const table = text('whole', 'table.md')
    expect(table).toMatch(/mean per function, ours \| pooled, ours/)
    expect(table).toMatch(/Ours: deeponet, branch \d+, trunk \d+/)
    expect(existsSync(place('whole/poisson-1d.png'))).toBe(true)
    expect(text('whole/poisson-1d.svg')).toContain('mean per function')
    // Each row states when its own readout is solved: back-propagation solves it if the problem's defaults do.
    const solved = result.rows.map((r) => (r['config'] as { readoutSolve: number | null }).readoutSolve)
    expect(new Set(solved).size).toBeGreaterThan(1)
    const lines = table.split('\n')
    const head = lines.find((l) => l.startsWith('| method ')) ?? ''
    const column = head.split(' | ').indexOf('readout solved every')
    const shownOf = lines.filter((l) => l.includes('(standard surrogate)') || l.includes('(Stein’s weak form)'))
    expect(shownOf.map((l) => l.split(' | ')[column])).toEqual(solved.map((n) => (n === null ? 'never' : `${n} steps`)))
  })

  test('runs no cell again: an interrupted table continues, and another key adds its runs', async () => {
    const args = ['reproduce', 'wan2024', '--quick', '--threads', '1', '--only', 'mexican-hat', '--quiet', '--json']
    const again = async (keys: string): Promise<Record<string, unknown>> =>
      lastLine((await run(...args, '--out', place('paper'), '--keys', keys)).out)
    const kept = readdirSync(place('paper/trials')).length
    expect((await again('1'))['rows']).toEqual(lastLine(ran.out)['rows'])
    expect(readdirSync(place('paper/trials'))).toHaveLength(kept)
    const { rows } = (await again('2')) as { rows: Record<string, unknown>[] }
    // Six runs, and the random signs of the four by random directions.
    expect(readdirSync(place('paper/trials'))).toHaveLength(kept + 10)
    for (const row of rows) expect(row['spread']).toBeGreaterThan(0)
  })

  test('names the commit of each run, and says which stored ones are of another', async () => {
    const args = ['reproduce', 'wan2024', '--quick', '--threads', '1', '--only', 'mexican-hat', '--quiet', '--json']
    const again = async () => run(...args, '--out', place('commits'), '--keys', '1')
    cpSync(place('paper'), place('commits'), { recursive: true })
    const files = readdirSync(place('commits/trials')).map((name) => place(`commits/trials/${name}`))
    const contents = files.map((path) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)
    for (const { source } of contents) expect(source).toMatch(/^(commit [0-9a-f]{8}|version )/)
    const same = await again()
    expect(same.err).not.toContain('are not run again')
    expect(lastLine(same.out)).not.toHaveProperty('reused')
    contents.forEach((content, i) => {
      const { source: _, ...older } = content
      writeFileSync(files[i]!, JSON.stringify(i === 0 ? older : { ...content, source: 'commit 0badc0de' }))
    })
    const other = await again()
    expect(other.err.match(/note: trials of commit 0badc0de are stored in .*--out\n/g)).toHaveLength(1)
    const { reused } = lastLine(other.out) as { reused: Record<string, number> }
    expect(reused['commit 0badc0de']).toBeGreaterThan(4)
    expect(text('commits', 'table.md')).toMatch(/\*\*\d+ stored runs and measurements are of commit 0badc0de/)
  })

  test('keeps the rows of other problems in a stored table; other settings replace them, and say so', async () => {
    const args = ['reproduce', 'wan2024', '--quick', '--threads', '1', '--only', 'mexican-hat', '--quiet', '--json']
    const again = async (keys: string) => {
      const { code, out, err } = await run(...args, '--out', place('joined'), '--keys', keys)
      expect(code).toBe(0)
      const { rows, costs, figures } = lastLine(out) as Record<'rows' | 'costs', { problem: string }[]> & {
        figures: string[]
      }
      const of = (all: readonly { problem: string }[]) => [...new Set(all.map(({ problem }) => problem))]
      return { rows, err, problems: of(rows), costs: of(costs), figures }
    }
    // The runs of one problem are stored, and a table of another one.
    cpSync(place('paper'), place('joined'), { recursive: true })
    writeFileSync(place('joined/table.json'), ran.out.replaceAll('"mexican-hat', '"mexican-hat-0.8'))
    const stored = JSON.parse(text('joined/table.json')) as { rows: unknown[] }
    const both = await again('1')
    const order = ['mexican-hat', 'mexican-hat-0.8']
    expect([both.problems, both.costs]).toEqual([order, order])
    expect(both.rows.slice(6)).toEqual(stored.rows)
    expect(both.figures.toSorted()).toEqual(order.flatMap((name) => [`${name}.png`, `${name}.svg`]).toSorted())
    expect(both.err).not.toContain('note:')
    const table = text('joined', 'table.md')
    for (const { name, choice } of wan2024.cases) expect(table.includes(`## ${choice}`)).toBe(order.includes(name))
    // The same command again changes nothing.
    expect((await again('1')).rows).toEqual(both.rows)
    const other = await again('2')
    expect(other.problems).toEqual(['mexican-hat'])
    expect(other.err).toMatch(/note: .*table.json held mexican-hat-0.8 with other settings.*--out/)
    // A file that is no table is replaced, with a note.
    for (const broken of ['{', 'null', '{"paper":"wan2024","rows":[{}]}']) {
      writeFileSync(place('joined/table.json'), broken)
      const replaced = await again('1')
      expect(replaced.problems).toEqual(['mexican-hat'])
      expect(replaced.err).toMatch(/note: .*table\.json .* this table replaces it/)
    }
  })

  test('plans the steps of a budget', async () => {
    const args = ['reproduce', 'wan2024', '--keys', '1', '--threads', '1', '--quiet', '--quick', '--budget', '50ms']
    // One row of six.
    const { code } = await run(
      ...args,
      '--only',
      'mexican-hat',
      '--shard',
      '1/6',
      '--backend',
      'cpu',
      '--out',
      place('timed'),
    )
    expect(code).toBe(0)
    const kept = readdirSync(place('timed/trials')).map((name) => text('timed/trials', name))
    expect(kept).toHaveLength(2)
    expect(kept.filter((trial) => trial.includes('"pace"'))).toHaveLength(1)
    expect(kept.every((trial) => trial.includes('"seconds":0.05'))).toBe(true)
  })

  test('refuses a paper that it does not know', async () => {
    const { code, err } = await run('reproduce', 'wan204', '--out', place('none'))
    expect([code, err]).toEqual([2, expect.stringContaining('did you mean "wan2024"')])
  })
})
