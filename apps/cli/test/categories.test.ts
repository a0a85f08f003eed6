/** Own tables with texts and gaps: categories become inputs, and missing values are left out or filled. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadTable } from '@spikeward/problems/node'
import { afterAll, describe, expect, test } from 'vitest'
import { run } from './fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-categories-'))
const place = (name: string): string => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const written = (name: string, ...lines: readonly string[]): string => {
  writeFileSync(place(name), `${lines.join('\n')}\n`)
  return place(name)
}

const all = { validation: 0, test: 0 }

describe('loadTable', () => {
  const mixed = written('mixed.csv', 'a,grade,code,y', '1,soft,10,1', '2,hard,2,2', '3,soft,2,3', '4,medium,10,4')

  test('turns a column of texts into one input for each of its texts, in the order of counting', async () => {
    const problem = await loadTable(mixed, { inputs: 'a:grade', outputs: 'y', split: all })
    expect(problem.columns).toEqual([
      { name: 'a', levels: null, fill: null },
      { name: 'grade', levels: ['hard', 'medium', 'soft'], fill: null },
    ])
    expect([...problem.points('train').x]).toEqual([1, 0, 0, 1, 2, 1, 0, 0, 3, 0, 0, 1, 4, 0, 1, 0])
    expect(problem.domain[1]).toEqual([0, 1])
  })

  test('turns a column of numbers into a category if it is named as one', async () => {
    const problem = await loadTable(mixed, { inputs: 'a,code', outputs: 'y', split: all, categories: ['code'] })
    expect(problem.columns?.[1]?.levels).toEqual(['2', '10'])
    expect([...problem.points('train').x]).toEqual([1, 0, 1, 2, 1, 0, 3, 1, 0, 4, 0, 1])
  })

  test.each([
    ['a damaged number among numbers', ['a,y', '1,1', '2x,2', '3,3'], {}, /line 3.*is not a number/],
    [
      'free text',
      ['a,y', ...Array.from({ length: 21 }, (_, i) => `t${i},${i}`)],
      {},
      /21 different texts.*DATA_LEVELS/,
    ],
    ['one text alone', ['a,y', 'x,1', 'x,2'], {}, /DATA_LEVELS/],
    ['a category that is no input', ['a,b,y', '1,2,1', '2,1,2'], { categories: ['b'] }, /"b" is not among the inputs/],
    [
      'a text that the training does not have',
      ['a,y', 'u,1', 'w,2'],
      { like: [{ name: 'a', levels: ['u', 'v'], fill: null }] },
      /"w" in row 2/,
    ],
    ['a gap', ['a,y', '1,1', ',2'], {}, /line 3.*missing/],
    ['a gap among texts', ['a,y', 'u,1', 'v,2', 'null,3'], {}, /row 3 of "a": the value is missing/],
  ])('refuses %s', async (_, lines, more, message) => {
    const path = written('refused.csv', ...lines)
    await expect(loadTable(path, { inputs: 'a', outputs: 'y', split: all, ...more })).rejects.toThrow(message)
  })

  const gaps = written('gaps.csv', 'a,kind,y,set', '1,u,1,0', ',v,2,0', '5,,3,0', '3,u,,0', '9,v,5,2', 'NA,v,6,0')

  test('leaves out rows that lack values', async () => {
    const problem = await loadTable(gaps, { inputs: 'a:kind', outputs: 'y', split: 'set', missing: 'drop' })
    expect([...problem.points('train').x]).toEqual([1, 1, 0])
    expect([...problem.points('test').x]).toEqual([9, 0, 1])
    expect([...problem.points('test').y]).toEqual([5])
    expect(problem.notes).toEqual(['4 of 6 rows lack a value and were left out'])
  })

  test('takes the text none for a level, which a file of rows without a catalyst has', async () => {
    const path = written('none.csv', 'catalyst,y', 'none,1', 'Pt,2', 'none,3', 'NA,4')
    const problem = await loadTable(path, { inputs: 'catalyst', outputs: 'y', split: all, missing: 'drop' })
    expect(problem.columns?.[0]?.levels).toEqual(['none', 'Pt'])
    expect([...problem.points('train').y]).toEqual([1, 2, 3])
  })

  test('fills inputs with the mean of the training rows, and leaves out rows without an output', async () => {
    const problem = await loadTable(gaps, { inputs: 'a:kind', outputs: 'y', split: 'set', missing: 'mean' })
    expect(problem.columns?.map(({ fill }) => fill)).toEqual([[3], [1 / 3, 2 / 3]])
    expect([...problem.points('train').x]).toEqual([1, 1, 0, 3, 0, 1, 5, 1 / 3, 2 / 3, 3, 0, 1])
    expect([...problem.points('test').x]).toEqual([9, 0, 1])
  })
})

test('a run with categories and gaps predicts, evaluates and resumes by the levels and means of its training', async () => {
  const kinds = ['steel', 'brass', 'pine']
  const lines = Array.from({ length: 90 }, (_, i) => {
    const a = (i * 0.618) % 1
    return `${i % 9 === 0 ? '' : a},${kinds[i % 3]},${Math.sin(3 * a) + (i % 3)}`
  })
  const table = written('train.csv', 'a,kind,y', ...lines)
  const data = ['--data', table, '--inputs', 'a:kind', '--outputs', 'y']
  const tiny = '--estimator rfg --hidden 6 --time 4 --steps 4 --backend reference --quiet --no-figures'.split(' ')
  const refused = await run('train', ...data, ...tiny, '--out', place('refused'))
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('--missing drop or --missing mean')])

  expect((await run('train', ...data, '--missing', 'mean', ...tiny, '--out', place('run'))).err).toBe('')
  const config = JSON.parse(readFileSync(join(place('run'), 'config.json'), 'utf8')) as object
  expect(config).toMatchObject({ missing: 'mean', categories: null })

  // Another order of columns, one kind alone, and a gap.
  const other = written('new.csv', 'kind,a', 'pine,0.5', 'pine,')
  const ran = await run('predict', place('run'), '--data', other, '--out', place('out.csv'), '--json')
  expect([ran.code, ran.err]).toEqual([0, ''])
  const [head, first, second] = readFileSync(place('out.csv'), 'utf8').split('\n')
  expect(head).toBe('a,kind,y')
  expect(first).toMatch(/^0\.5,pine,/)
  const mean = Number(second!.split(',')[0])
  expect(mean).toBeGreaterThan(0.4)
  expect(mean).toBeLessThan(0.6)

  const unknown = written('unknown.csv', 'kind,a', 'lead,0.5')
  const bad = await run('predict', place('run'), '--data', unknown, '--out', place('bad.csv'))
  expect([bad.code, bad.err]).toEqual([2, expect.stringContaining('"lead" in row 1')])

  const measured = await run(
    'evaluate',
    place('run'),
    '--data',
    written('held.csv', 'kind,a,y', 'pine,0.1,2', 'steel,,0.9'),
    '--json',
  )
  expect([measured.code, measured.err]).toEqual([0, ''])
  expect((JSON.parse(measured.out) as { relativeL2: number }).relativeL2).toBeGreaterThan(0)
})

test('train says how many rows it left out, and what helps with dates among the inputs and gaps in sequences', async () => {
  const rows = Array.from(
    { length: 40 },
    (_, i) => `2025-01-${10 + (i % 20)}T${10 + (i % 13)}:00,${i === 7 ? '' : i},${i * i}`,
  )
  const path = written('dates.csv', 'date,a,y', ...rows)
  const train = (...more: readonly string[]) =>
    run('train', '--data', path, '--outputs', 'y', '--steps', '1', '--no-trial', '--out', place('dates'), ...more)
  const dropped = await train('--inputs', 'a', '--missing', 'drop')
  expect(dropped.err).toContain('note: 1 of 40 rows lack a value and were left out')
  expect((await train('--inputs', 'date,a')).err).toMatch(
    /"date" holds 40 different texts.*categories.*time if it holds dates.*DATA_LEVELS/,
  )
  expect((await train('--inputs', 'a', '--time', 'date')).err).toMatch(/missing.*or give --hold/)
})
