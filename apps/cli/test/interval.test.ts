/**
 * `predict --interval`: intervals around predictions of tables, operators and equations; and rows that lie outside a
 * table.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run, tiny } from './fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-interval-'))
const place = (name: string): string => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const cells = (name: string): readonly string[][] =>
  readFileSync(place(name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','))

const trained = async (name: string, ...args: readonly string[]): Promise<string> => {
  const { code, err } = await run('train', ...args, '--out', place(name))
  expect([code, err]).toEqual([0, ''])
  return place(name)
}

const predict = async (path: string, out: string, ...args: readonly string[]) =>
  run('predict', path, '--out', place(out), '--json', ...args)

describe('a table', () => {
  let path = ''
  beforeAll(async () => {
    const lines = Array.from({ length: 100 }, (_, i) => [
      i / 100,
      (i * 0.618) % 1,
      Math.sin(i / 20) + ((i * 7) % 5) / 50,
    ])
    writeFileSync(place('table.csv'), ['a,b,y', ...lines.map(String)].join('\n'))
    const data = ['--data', place('table.csv'), '--inputs', 'a:b', '--outputs', 'y', '--estimator', 'rfg']
    path = await trained('table', ...data, ...tiny)
  })

  test('has both ends of each interval, all of one length', async () => {
    const ran = await predict(path, 'table-out.csv', '--data', place('table.csv'), '--interval', '0.8')
    expect([ran.code, ran.err]).toEqual([0, ''])
    // Ten of a hundred rows are the validation split.
    expect(JSON.parse(ran.out)).toMatchObject({ outside: 0, interval: { level: 0.8, rows: 10 } })
    const [head, ...rows] = cells('table-out.csv')
    expect(head).toEqual(['a', 'b', 'y', 'y_lower', 'y_upper'])
    const lengths = rows.map((row) => Number(row[4]) - Number(row[3]))
    expect(Math.min(...lengths)).toBeGreaterThan(0)
    expect(Math.max(...lengths)).toBeCloseTo(Math.min(...lengths), 9)
    const middles = rows.map((row) => (Number(row[3]) + Number(row[4])) / 2 - Number(row[2]))
    expect(Math.max(...middles.map(Math.abs))).toBeLessThan(1e-9)
  })

  test('is predicted outside its range too, with a note that counts the rows', async () => {
    writeFileSync(place('far.csv'), 'a,b\n0.5,0.5\n3,0.5\n0.5,-1\n')
    const ran = await predict(path, 'far-out.csv', '--data', place('far.csv'))
    expect(ran.err).toMatch(
      /2 of 3 points are outside the range of the rows of table.*\(a = 3, b = 0\.5\) in row 2.*a guess/,
    )
    expect(JSON.parse(ran.out)).toMatchObject({ outside: 2 })
    expect(
      cells('far-out.csv')
        .slice(1)
        .every((row) => Number.isFinite(Number.parseFloat(row[2] ?? ''))),
    ).toBe(true)
  })

  test.each([
    [['--interval', '0.99'], 'table-few.csv', 'INTERVAL_ROWS'],
    [['--interval', '0.8'], 'table-out.npy', '.csv or .json'],
    [['--interval', '1'], 'table-one.csv', 'below 1'],
  ])('refuses %j in %s', async (args, out, why) => {
    const ran = await predict(path, out, '--data', place('table.csv'), ...args)
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining(why)])
  })
})

test('an operator has an interval at each point, from functions', async () => {
  const sizes = '--train 12 --validation 9 --test 4 --sensors 10'.split(' ')
  const nets = '--branch 6 --trunk 6 --features 4 --time 4 --steps 6 --batch 4'.split(' ')
  const quiet = '--backend reference --quiet --no-figures'.split(' ')
  const path = await trained('operator', 'poisson-1d', ...sizes, ...nets, ...quiet)
  const ran = await predict(path, 'operator.json', '--function', 'sin(pi*x)', '--interval', '0.9')
  expect([ran.code, ran.err]).toEqual([0, ''])
  expect(JSON.parse(ran.out)).toMatchObject({ interval: { level: 0.9, rows: 9 } })
  type Written = Readonly<Record<'values' | 'lower' | 'upper', readonly number[]>>
  const { values, lower, upper } = JSON.parse(readFileSync(place('operator.json'), 'utf8')) as Written
  const lengths = upper.map((v, i) => v - lower[i]!)
  expect(lengths).toHaveLength(values.length)
  expect(new Set(lengths.map((l) => l.toFixed(6))).size).toBeGreaterThan(1)
})

test('an equation has intervals where its solution is known', async () => {
  const path = await trained('equation', 'poisson-pinn', '--collocation', '8', ...tiny)
  writeFileSync(place('at.csv'), 'x\n0.25\n0.5\n')
  const ran = await predict(path, 'equation.csv', '--data', place('at.csv'), '--interval', '0.9')
  expect([ran.code, ran.err]).toEqual([0, ''])
  expect(cells('equation.csv')[0]).toEqual(['x', 'u', 'u_lower', 'u_upper'])
})
