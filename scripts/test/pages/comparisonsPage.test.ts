import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { stored, tables, where, withTables } from '../../lib/pages/compareTables.mjs'

const row = {
  label: 'rfg',
  budget: 5,
  optimizer: 'adam',
  learningRate: 0.002,
  readoutSolve: null,
  mean: 0.03,
  spread: 0.001,
  paired: null,
  errors: [0.029, 0.031],
  tried: [{ learningRate: 0.002, validation: 0.03 }],
  atEdge: true,
  baselines: { untrained: 0.08, linear: null, kernel: null, dense: null, randomSign: null },
  failure: null,
  failures: 0,
  offTime: 0,
  seconds: 4.9,
  stepsPerSecond: 100,
  forwardEquivalents: 900,
  peakBytes: 2 ** 20,
}
const measured = {
  date: '2026-01-02T03:04:05Z',
  machine: { processor: 'A processor', cores: 2, memoryGiB: 4, os: 'an OS' },
  versions: { node: '20' },
  commit: 'abc',
  dirty: true,
}
const comparison = {
  line: 'spikeward compare',
  measured,
  settings: { unit: 's' as const },
  problem: 'mexican-hat',
  keys: [1, 2],
  hidden: [100],
  time: 32,
  backend: 'native',
  threads: 1,
}

describe('the tables of docs/comparisons.md', () => {
  test('are what the stored comparisons give', async () => {
    const read = (path: string) => readFile(new URL(`../../../docs/${path}`, import.meta.url), 'utf8')
    const page = await read('comparisons.md')
    const names = [...page.matchAll(/<!-- measured: ([\w-]+) -->/g)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(0)
    const kept = new Map<string, string>()
    for (const name of names) {
      kept.set(
        name,
        tables(JSON.parse(await read(`benchmarks/runs/comparisons/${name}.json`)) as Parameters<typeof tables>[0]),
      )
    }
    expect(withTables(page, (name) => kept.get(name) ?? '')).toBe(page)
  })

  test('the best comes first; what fails is named as failing', () => {
    const text = tables({
      ...comparison,
      rows: [
        { ...row, label: 'worse', mean: 0.09, spread: null },
        { ...row, label: 'gone', mean: null, failure: 'the loss became NaN or infinite', failures: 2 },
        row,
        { ...row, label: 'long', mean: 0.035, offTime: 2 },
        { ...row, label: 'half', mean: 0.04, failure: 'the loss became NaN or infinite', failures: 1 },
      ],
    })
    const lines = text.split('\n').filter((l) => l.startsWith('| `'))
    expect(lines.map((l) => [l.split('`')[1], l.split('|').at(-2)?.trim()])).toEqual([
      ['rfg', 'learns'],
      ['long', 'learns; keys off their time: 2'],
      ['half', 'fails for 1 of the keys, which are excluded from the means: the loss became NaN or infinite'],
      ['worse', 'fails: no better than untrained'],
      ['gone', 'fails: the loss became NaN or infinite'],
    ])
    expect(lines[0]).toContain('0.0300 ± 0.0010')
  })

  test('of a comparison, only what the tables need is stored', () => {
    const config = { hidden: [100], time: 32, backend: 'native', threads: 1, optimizer: 'adam', learningRate: 0.002 }
    const trials = [1, 2].map((key, i) => ({
      config: { key },
      relativeL2: row.errors[i],
      failure: null,
      curve: [1, 2],
    }))
    const {
      optimizer: _,
      learningRate: __,
      readoutSolve: ___,
      failure: ____,
      errors: _____,
      tried,
      atEdge,
      ...kept
    } = row
    const search = { tried: tried.map((rate) => ({ ...rate, seconds: 1 })), atEdge }
    const result = {
      ...measured,
      settings: comparison.settings,
      problem: 'mexican-hat',
      rows: [{ ...kept, config: { ...config, readoutSolve: null }, search, trials }],
    }
    expect(stored(result, 'spikeward compare')).toEqual({ ...comparison, rows: [row] })
  })

  test('the machine is named once, above the first of its tables', () => {
    const place = 'A processor, 2 cores, 4 GiB; an OS; node 20; commit abc and changes; 2026-01-02.'
    expect(where(measured)).toBe(place)
    const text = tables({ ...comparison, rows: [row, { ...row, budget: 15 }] })
    expect(text.split(place)).toHaveLength(2)
    expect(text.indexOf(place)).toBeLessThan(text.indexOf('| `rfg`'))
  })
})
