/**
 * Every notation of columns that `train` takes, `predict` and `evaluate` take too, and a table of predictions can be
 * read again.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openDataFile } from '@spikeward/problems/node'
import { run, tiny } from './fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-columns-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Two inputs and an output under these titles, in the order of the titles. */
function table(name: string, titles: readonly string[]): string {
  const path = join(folder, name)
  const rows = Array.from({ length: 30 }, (_, i) => titles.map((_t, c) => Math.sin(i * (c + 1)).toFixed(4)).join(','))
  writeFileSync(
    path,
    `${titles.map((title) => (/[,"#]/.test(title) ? `"${title.replaceAll('"', '""')}"` : title)).join(',')}\n${rows.join('\n')}\n`,
  )
  return path
}

let count = 0

test.each([
  ['names with commas between', ['a', 'b', 'y'], 'a,b', ['a', 'b']],
  ['names with blanks around', ['a', 'b', 'y'], 'b , a', ['b', 'a']],
  ['a range', ['a', 'b', 'y'], 'a:b', ['a', 'b']],
  ['a group of numbered names', ['f_0', 'f_1', 'y'], 'f', ['f_0', 'f_1']],
  ['a group in brackets', ['f[1]', 'f[0]', 'y'], 'f', ['f[0]', 'f[1]']],
  ['a part of numbered names', ['f0', 'f1', 'y'], 'f1', ['f1']],
  ['names with a colon', ['T:C', 'p:bar', 'y'], 'T:C,p:bar', ['T:C', 'p:bar']],
  ['a range of names with a colon', ['T:C', 'p:bar', 'y'], 'T:C:p:bar', ['T:C', 'p:bar']],
  ['names with a hash', ['#a', 'b#2', 'y'], '#a,b#2', ['#a', 'b#2']],
  ['a range over a name with a comma', ['a', 'b, in m', 'y'], 'a:b, in m', ['a', 'b, in m']],
  ['a name with a comma in a list', ['a', 'b, in m', 'y'], 'b, in m,a', ['b, in m', 'a']],
  ['names with quotation marks', ['4"', 'p', 'y'], '4",p', ['4"', 'p']],
  ['blanks inside', ['air temperature', 'p', 'y'], 'air temperature,p', ['air temperature', 'p']],
  ['letters that patterns treat apart', ['x (m)', 'Δt/ms', 'y'], 'x (m),Δt/ms', ['x (m)', 'Δt/ms']],
  ['names of JavaScript', ['constructor', '__proto__', 'y'], 'constructor,__proto__', ['constructor', '__proto__']],
])('%s', async (_, titles, inputs, learned) => {
  const name = String(count++)
  const path = table(`${name}.csv`, titles)
  const place = join(folder, name)
  const names = ['--data', path, '--inputs', inputs]
  const trained = await run('train', 'table', ...names, '--outputs', 'y', ...tiny, '--no-trial', '--out', place)
  expect(trained.err).toBe('')
  const evaluated = await run('evaluate', place, '--data', path, '--quiet')
  expect(evaluated.err).toMatch(/^note: the run was trained on this file[^\n]*\n$/)
  const out = join(folder, `${name}-found.csv`)
  const found = await run('predict', place, '--data', path, '--out', out, '--quiet')
  expect(found.err).toBe('')
  // The table of predictions has the titles of the columns that the run learned from, and can be read again.
  const { names: again } = await openDataFile(out)
  expect([...again].flatMap(([title, shape]) => (shape?.length === 1 ? [title] : []))).toEqual([...learned, 'y'])
  const named = join(folder, `${name}-named.csv`)
  const given = await run('predict', place, ...names, '--out', named, '--quiet')
  expect(given.err).toBe('')
  expect(readFileSync(named, 'utf8')).toBe(readFileSync(out, 'utf8'))
})

test('columns without the names of the run are taken in their order, numbered ones too', async () => {
  const place = join(folder, 'named')
  const data = table('named.csv', ['a', 'b', 'y'])
  await run('train', 'table', '--data', data, '--inputs', 'a,b', '--outputs', 'y', ...tiny, '--out', place)
  const others = join(folder, 'others.csv')
  writeFileSync(others, 'f_0,f_1\n0.1,0.2\n0.3,0.4\n')
  const { code, err } = await run(
    'predict',
    place,
    '--data',
    others,
    '--out',
    join(folder, 'others-found.csv'),
    '--quiet',
  )
  expect([code, err]).toEqual([0, `note: ${others} has no columns a, b; its columns are taken in their order\n`])
})

test.each([
  ['an equation', ['poisson-2d', '--spiking', 'none', '--collocation', '20'], ['x', 'y']],
  ['a function', ['mexican-hat', '--batch', '16', '--time', '4'], ['x1', 'x2']],
] as const)('points of %s are read by the names of its axes, in any order', async (what, problem, [first, second]) => {
  const place = join(folder, what.replace(' ', '-'))
  const short = ['--hidden', '4', '--steps', '2', '--baselines', 'none', '--backend', 'reference', '--no-figures']
  const trained = await run('train', ...problem, ...short, '--out', place)
  expect(trained.code, trained.err).toBe(0)
  const answers = await Promise.all(
    [`${first},${second}\n0.5,0.1\n`, `${second},more,${first}\n0.1,9,0.5\n`].map(async (text, i) => {
      const path = join(folder, `${what}-${i}.csv`)
      writeFileSync(path, text)
      const out = join(folder, `${what}-${i}-found.csv`)
      const { code, err } = await run('predict', place, '--data', path, '--out', out, '--quiet')
      expect([code, err]).toEqual([0, ''])
      return readFileSync(out, 'utf8')
    }),
  )
  expect(answers[1]).toBe(answers[0])
})
