import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CompareRow, stopwatch, timesType, trainingSettings } from '@spikeward/experiment'
import { run, tiny } from '../fakeIo.js'

describe('a budget of time', () => {
  const noSteps = tiny.filter((a, i) => a !== '--steps' && tiny[i - 1] !== '--steps')

  test('is written --seconds or --budget with train, compare and search, and not both', async () => {
    for (const args of [
      ['train', 'parabola', ...noSteps, '--seconds', '1', '--budget', '2s'],
      ['compare', 'parabola', '--estimators', 'bp', '--seconds', '1', '--budget', '2s', '--backend', 'reference'],
      ['search', 'parabola', '--seconds', '1', '--budget', '2s', '--backend', 'reference'],
      ['train', 'parabola', ...noSteps, '--budget', '1s,5s'],
    ]) {
      const { code, err } = await run(...args)
      expect(code).toBe(2)
      expect(err).toMatch(/--budget(,| and) --seconds/)
    }
  })

  test('has the same longest time by --seconds and by --budget', () => {
    const accepted = [1e8, 1.01e8].map((s) => [timesType.accepts([s]), trainingSettings.seconds.type.accepts(s)])
    expect(accepted).toEqual([
      [true, true],
      [false, false],
    ])
  })

  test('help lists both for every command', async () => {
    for (const command of ['train', 'compare', 'search']) {
      const { out } = await run(command, '--help')
      expect(out).toMatch(/^ {2}--seconds <[sx]>/m)
      expect(out).toMatch(/^ {2}--steps <n>/m)
      expect(out).toMatch(/^ {2}--budget <times?>/m)
    }
  })
})

test('a stopwatch adds the seconds of each part, in the order in which they came, and of parts that fail', async () => {
  let clock = 0
  const { time, add, read } = stopwatch(() => clock)
  const takes = (milliseconds: number) => (): Promise<string> => {
    clock += milliseconds
    return Promise.resolve('done')
  }
  expect(await time('b', takes(1500))).toBe('done')
  await time('a', takes(250))
  await time('b', takes(500))
  add('c', 3)
  await expect(time('a', () => Promise.reject(new Error('x')))).rejects.toThrow('x')
  expect(Object.entries(read())).toEqual([
    ['b', 2],
    ['a', 0.25],
    ['c', 3],
  ])
})

test('train --help all states a default for every option that takes a value and need not be given', async () => {
  const { out } = await run('train', '--help', 'all')
  const blocks = out
    .slice(out.indexOf('Estimator:'), out.indexOf('Options of the problem:'))
    .split(/\n(?= {2}--)/)
    .slice(1)
    .map((text) => text.replaceAll(/\s+/g, ' ').trim())
  const valued = blocks.filter((text) => /^--[\w-]+ [<[]/.test(text))
  expect(valued.length).toBeGreaterThan(15)
  // These are absent unless they are given.
  const optional = /^--(seconds|budget|watch|log|out) /
  expect(valued.filter((text) => !/default/.test(text) && !optional.test(text))).toEqual([])
})

test('compares after equal numbers of steps too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spikeward-steps-'))
  const sizes = ['--hidden', '4', '--time', '3', '--batch', '8', '--backend', 'reference', '--readout-solve', '0']
  const few = ['--rates', '1', '--keys', '1', '--no-figures', '--json', '--quiet', '--out', folder]
  const { code, out, err } = await run(
    'compare',
    'parabola',
    '--estimators',
    'bp,rfg',
    '--steps',
    '5',
    ...sizes,
    ...few,
  )
  expect(code, err).toBe(0)
  const { rows, settings } = JSON.parse(out) as { rows: CompareRow[]; settings: { unit: string } }
  expect(settings.unit).toBe('steps')
  expect(rows.map((r) => [r.label, r.steps, r.config.steps, r.offTime])).toEqual([
    ['bp', 5, 5, 0],
    ['rfg', 5, 5, 0],
  ])
  expect(readFileSync(join(folder, 'table.md'), 'utf8')).toMatch(/after equally many steps[^]*## 5 steps/)
  rmSync(folder, { recursive: true })
  const both = await run('compare', 'parabola', '--estimators', 'bp', '--steps', '5', '--seconds', '1', ...sizes)
  expect([both.code, both.err]).toEqual([
    2,
    expect.stringMatching(/--budget, --seconds and --steps each set the length/),
  ])
})
