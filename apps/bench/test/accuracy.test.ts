import { existsSync } from 'node:fs'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cellId, curveOf, outcomeOf, trainArguments, trainCell } from '../src/accuracy/cell.js'
import type { Cell, CellRow, Outcome } from '../src/accuracy/cell.js'
import { cellsOf, sweep } from '../src/accuracy/sweep.js'
import { summarise } from '../src/accuracy/summarise.js'
import { withCurveMoments } from '../src/benchmarks/accuracy/accuracy.js'
import { chosen, isAtEdge, withoutTest } from '../src/benchmarks/accuracy/search.js'
import { checkoutRoot } from '../src/io.js'
import { readRunsInDocs } from '../src/docs/storedInDocs.js'
import { bench } from './support/fakeIo.js'
import { testFolder } from './support/folder.js'

const settings = {
  problems: ['p', 'q'],
  estimators: ['rfg', 'bp'],
  backends: ['cpu'],
  keys: [1, 2],
  seconds: null,
  threads: 1,
  options: [''],
}
const cells = cellsOf(settings)

const outcome = (relativeL2: number | null): Outcome => ({
  relativeL2,
  relativeL2Pooled: relativeL2 === null ? null : relativeL2 / 2,
  validation: relativeL2,
  baselines: { untrained: 0.5, linear: null, kernel: null, dense: null, randomSign: null },
  steps: 10,
  trainingSeconds: 2,
  forwardEquivalents: 30,
  peakBytes: 100,
  coefficients: null,
  curve: [],
  failure: relativeL2 === null ? 'it broke' : null,
})

describe('a sweep', () => {
  const options = { source: 'here', budget: 60, onCell: () => undefined }

  test('continues an interrupted run, and deletes its file at the end', async () => {
    const file = join(await testFolder(), 'a.cells.jsonl')
    const trained: Cell[] = []
    let now = 0
    const clock = () => now
    const dying = async (cell: Cell) => {
      if (trained.length === 3) throw new Error('cut off')
      trained.push(cell)
      now += 7
      return outcome(0.1)
    }
    await expect(sweep(cells, { ...options, file, clock, train: dying })).rejects.toThrow('cut off')
    await appendFile(file, '{"source":"here","row":{"prob') // the line that was being written
    const train = async (cell: Cell) => {
      trained.push(cell)
      return outcome(0.2)
    }
    const { rows, left, earlierSeconds } = await sweep(cells, { ...options, file, clock, train })
    expect(left).toBe(0)
    // Of the whole cells: the seconds of a training, 2, leave out its baselines.
    expect(earlierSeconds).toBe(3 * 7)
    expect(trained).toEqual(cells)
    expect(rows.map((r) => r.relativeL2)).toEqual([0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.2, 0.2])
    expect(existsSync(file)).toBe(false)
  })

  test('starts no cell after its budget, and reports how many are left', async () => {
    const file = join(await testFolder(), 'a.cells.jsonl')
    let now = 5
    const train = async () => {
      now += 30
      return outcome(0.1)
    }
    const { rows, left } = await sweep(cells, { ...options, file, budget: 60, clock: () => now, train })
    expect(rows).toHaveLength(2)
    expect(left).toBe(6)
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(2)
  })

  test('reuses nothing from other sources', async () => {
    const file = join(await testFolder(), 'a.cells.jsonl')
    const train = async () => outcome(0.1)
    let now = 0
    const first = async () => {
      now = options.budget
      return outcome(0.9)
    }
    expect((await sweep(cells, { ...options, file, clock: () => now, train: first })).left).toBe(7)
    const { rows } = await sweep(cells, { ...options, source: 'there', file, train })
    expect(rows.every((r) => r.relativeL2 === 0.1)).toBe(true)
  })
})

describe('data keys', () => {
  test('vary with the keys of the networks, in pairs', () => {
    const pairs = cellsOf({
      ...settings,
      problems: ['p'],
      estimators: ['rfg'],
      keys: [7, 8],
      dataKeys: [70, 80],
      options: [''],
    })
    expect(pairs.map(({ key, dataKey }) => [key, dataKey])).toEqual([
      [7, 70],
      [8, 80],
    ])
    expect(trainArguments(pairs[1]!).join(' ')).toContain('--key 8 --data-key 80')
    expect(cellId(pairs[1]!)).not.toBe(cellId({ ...pairs[1]!, dataKey: 81 }))
  })

  test('are refused if a key has none', async () => {
    const { code, err } = await bench('accuracy', '--keys', '1,2', '--data-keys', '3')
    expect(code).toBe(1)
    expect(err).toMatch(/--data-keys has 1 keys and --keys 2;.*\[BENCH_USAGE\]/s)
  })
})

describe('further options', () => {
  test('have one row each, next to the estimators of the same problem', () => {
    const both = cellsOf({ ...settings, problems: ['p'], keys: [1], options: ['', '--spiking none'] })
    expect(both.map((c) => `${c.estimator} ${c.options}`)).toEqual([
      'rfg ',
      'bp ',
      'rfg --spiking none',
      'bp --spiking none',
    ])
    const rows = both.map((c): CellRow => ({ ...c, ...outcome(0.1) }))
    expect(summarise(rows).map((s) => s.estimator)).toEqual(['rfg', 'bp', 'rfg --spiking none', 'bp --spiking none'])
  })
})

describe('a summary', () => {
  test('gives mean and spread over keys, and separates failures', () => {
    const rows = cells.map((c, i): CellRow => ({ ...c, ...outcome(i === 0 ? null : 0.1 * c.key) }))
    const [first, second] = summarise(rows)
    expect(summarise(rows)).toHaveLength(4)
    expect(first).toMatchObject({ keys: 2, failures: ['it broke'], relativeL2: { mean: 0.2, spread: null } })
    expect(second?.relativeL2?.mean).toBeCloseTo(0.15)
    expect(second?.relativeL2Pooled?.mean).toBeCloseTo(0.075)
    expect(second?.relativeL2?.spread).toBeCloseTo(Math.SQRT2 * 0.05)
  })

  test('calls runs learned if they lie below the untrained network and the random signs by more than the spread', () => {
    const row = (key: number, error: number, randomSign: number | null): CellRow => ({
      ...{ ...cells[0]!, key, ...outcome(error) },
      baselines: { untrained: 0.5, linear: 0.9, kernel: 0.01 * key, dense: null, randomSign },
    })
    const better = [row(1, 0.1, 0.4), row(2, 0.11, 0.45), row(3, 0.12, 0.42)]
    const [learned] = summarise(better)
    expect(learned).toMatchObject({ learned: true, baselines: { dense: null, linear: { mean: 0.9, spread: 0 } } })
    expect(learned?.baselines.kernel?.mean).toBeCloseTo(0.02)
    expect(summarise([...better, row(4, 0.1, 0.05)])[0]?.learned).toBe(false)
    expect(summarise(better.slice(0, 1))[0]?.learned).toBeNull()
  })

  test('takes the control and the baselines from the other rows of a setting', () => {
    const pairs = [1, 2, 3].map((key) => ({ key, dataKey: 10 * key }))
    const rows = (estimator: string, error: number, kernel: number | null): readonly CellRow[] =>
      pairs.map((pair) => ({
        ...{ ...cells[0]!, ...pair, estimator, ...outcome(error + 0.001 * pair.key) },
        baselines: { untrained: 0.5, linear: null, kernel, dense: null, randomSign: null },
      }))
    const learned = (...all: readonly (readonly CellRow[])[]) => summarise(all.flat()).map((s) => s.learned)
    const found = summarise([rows('bp', 0.1, 0.5), rows('rfg', 0.2, null), rows('randomSign(rfg)', 0.3, null)].flat())
    expect(found.map((s) => s.learned)).toEqual([true, true, null])
    expect(found.map((s) => s.baselines.kernel?.mean)).toEqual([0.5, 0.5, 0.5])
    expect(found.map((s) => s.baselines.randomSign?.mean)).toEqual([undefined, expect.closeTo(0.302), undefined])
    expect(found.map((s) => s.paired?.pairs)).toEqual([undefined, 3, 3])
    expect(found[2]?.paired?.ratio).toBeCloseTo(0.302 / 0.102, 1)
    const shorter = [...rows('bp', 0.1, 0.5), ...rows('bp', 0.3, 0.5).map((r) => ({ ...r, options: '--time 8' }))]
    const ratios = summarise([...shorter, ...rows('bp', 0.2, 0.5).map((r) => ({ ...r, options: '--time 4' }))])
    expect(ratios.map((s) => s.paired?.ratio)).toEqual([undefined, expect.closeTo(2.96, 1), expect.closeTo(0.67, 2)])
    expect(learned(rows('rfg', 0.2, null), rows('randomSign(rfg)', 0.15, null))).toEqual([false, null])
    expect(learned(rows('rfg', 0.2, null))).toEqual([null])
    expect(learned(rows('rfg', 0.6, null))).toEqual([false])
    expect(learned(rows('eligibility', 0.2, null))).toEqual([true])
    expect(learned(rows('eligibility', 0.2, null), rows('randomSign(eligibility)', 0.2, null))).toEqual([false, null])
  })

  test('finds the control of layer-wise directions, whichever way their scope is written', () => {
    const rows = (estimator: string, error: number): readonly CellRow[] =>
      [1, 2, 3].map((key) => ({ ...cells[0]!, key, estimator, ...outcome(error + 0.001 * key) }))
    const ways = ['rfg/layerwise', 'rfg(scope=layerwise)']
    const controls = ['randomSign(rfg)/layerwise', 'randomSign(rfg(scope=layerwise))']
    for (const way of ways)
      for (const control of controls) {
        const [found] = summarise([...rows(way, 0.1), ...rows(control, 0.4)])
        expect([way, control, found?.baselines.randomSign?.mean]).toEqual([way, control, expect.closeTo(0.402)])
        expect(found?.learned).toBe(true)
      }
    const [other] = summarise([...rows('rfg/layerwise', 0.1), ...rows('randomSign(rfg)', 0.4)])
    expect([other?.baselines.randomSign, other?.learned]).toEqual([null, null])
    const [four] = summarise([
      ...rows('rfg(directions=4,scope=layerwise)', 0.1),
      ...rows('randomSign(rfg(directions=4))/layerwise', 0.4),
    ])
    expect(four?.learned).toBe(true)
  })

  test('of a stored run has the curve of the first key, in at most ten moments with the last one', () => {
    const curve = Array.from({ length: 47 }, (_, step) => ({
      step,
      seconds: step,
      forwardEquivalents: 1,
      validation: 1,
    }))
    const row: CellRow = { ...cells[0]!, ...outcome(0.1), key: 3, curve }
    expect(withCurveMoments(row, 3).curve.map(({ step }) => step)).toEqual([1, 6, 11, 16, 21, 26, 31, 36, 41, 46])
    expect(withCurveMoments(row, 4).curve).toEqual([])
  })

  test('lets one estimator of a setting compute the baselines', () => {
    expect(cellsOf({ ...settings, problems: ['p'], keys: [1], baselines: 'all' }).map((c) => c.baselineChoice)).toEqual(
      [...['all', 'none']],
    )
  })
})

describe('a cell', () => {
  const cell: Cell = {
    problem: 'parabola',
    estimator: 'rfg/layerwise',
    backend: 'cpu',
    key: 3,
    seconds: 2,
    threads: 1,
    options: '--hidden 20',
  }

  test('is a valid command line', () => {
    expect(trainArguments(cell).join(' ')).toBe(
      'train parabola --estimator rfg --scope layerwise --backend cpu --threads 1 --key 3 --seconds 2 --hidden 20',
    )
  })

  test('asks for baselines, and reads them', () => {
    expect(trainArguments({ ...cell, baselineChoice: 'all' }).join(' ')).toContain('--baselines all')
    const baselines = { untrained: 0.5, linear: 0.9, kernel: 0.1, dense: null, randomSign: null }
    expect(outcomeOf({ baselines: { ...baselines, persistence: 0.7 } }, '', '').baselines).toEqual(baselines)
    expect(Object.values(outcomeOf({}, '', '').baselines)).toEqual([null, null, null, null, null])
  })

  test('its curve has the forward passes that were spent by each validation', () => {
    const metrics = [
      { type: 'metrics', step: 1, loss: 1, seconds: 0.1, forwardEquivalents: 9 },
      { type: 'validation', step: 1, seconds: 0.1, relativeL2: 0.5 },
      { type: 'metrics', step: 2, loss: 1, seconds: 0.2, forwardEquivalents: 18 },
      { type: 'validation', step: 2, seconds: 0.2, relativeL2: 0.4 },
    ]
    const text = metrics.map((m) => `${JSON.stringify(m)}\n`).join('')
    expect(curveOf(text)).toEqual([
      { step: 1, seconds: 0.1, forwardEquivalents: 9, validation: 0.5 },
      { step: 2, seconds: 0.2, forwardEquivalents: 18, validation: 0.4 },
    ])
    expect(outcomeOf({ relativeL2: 0.3, coefficients: { k: 1.5 } }, text, '')).toMatchObject({
      coefficients: { k: 1.5 },
      relativeL2: 0.3,
      validation: 0.4,
    })
  })

  test('has the validation error of the best state with patience, and of the last one without', () => {
    const text = [0.5, 0.2, 0.4]
      .map((relativeL2, step) => JSON.stringify({ type: 'validation', step, seconds: step, relativeL2 }))
      .join('\n')
    const validation = (options: string) => outcomeOf({}, text, options).validation
    expect(validation('--steps 9 --patience 20')).toBe(0.2)
    expect(validation('--patience=20')).toBe(0.2)
    expect(validation('--patience 0')).toBe(0.4)
    expect(validation('')).toBe(0.4)
    expect(outcomeOf({}, '', '--patience 20').validation).toBeNull()
  })

  test('has the validation error of the last solve of its readouts, also in a summary', () => {
    const text = JSON.stringify({ type: 'validation', step: 1, seconds: 1, relativeL2: 0.4 })
    const solved = outcomeOf({ lastSolve: { validation: 0.1 } }, text, '')
    expect(solved.validation).toBe(0.1)
    expect(summarise([{ ...cell, options: '', ...solved }])[0]?.validation?.mean).toBe(0.1)
  })

  test('a program that fails is an outcome with its message', async () => {
    const program = join(await testFolder(), 'program.mjs')
    await writeFile(program, "process.stderr.write('error: no such estimator\\n'); process.exit(2)")
    expect(await trainCell(program, cell)).toMatchObject({ relativeL2: null, failure: 'error: no such estimator' })
  })

  test('is trained by the real command line', async (context) => {
    const program = join(checkoutRoot, 'apps', 'cli', 'dist', 'main.js')
    if (!existsSync(program)) context.skip('the command line is not built: npm run -s spikeward -- list builds it')
    const found = await trainCell(program, { ...cell, seconds: null, options: '--steps 40' })
    expect(found).toMatchObject({ steps: 40, failure: null })
    expect(found.curve.length).toBeGreaterThan(5)
    expect(found.relativeL2).toBeGreaterThan(0)
    expect(found.baselines.untrained).toBeLessThan(0.2)
  })
})

describe('a search', () => {
  test('drops the errors on test points', () => {
    expect(withoutTest(outcome(0.2))).toEqual({
      ...outcome(0.2),
      relativeL2: null,
      relativeL2Pooled: null,
      baselines: outcomeOf({}, '', '').baselines,
    })
  })

  test('chooses for each estimator by the mean over the keys, and never options that failed for a key', () => {
    const tried = cellsOf({ ...settings, problems: ['p'], options: ['--a', '--b', '--c'] })
    const error = ({ estimator, options, key }: Cell): number | null => {
      if (options === '--c') return key === 1 ? 0.001 : null
      const first = estimator === 'rfg' ? 0.1 : 0.3
      return (options === '--a' ? first : 0.2) + 0.01 * key
    }
    const rows = tried.map((cell): CellRow => ({ ...cell, ...withoutTest(outcome(error(cell))) }))
    expect([...chosen(rows)].map((s) => s.estimator)).toEqual(['rfg --a', 'bp --b'])
  })

  const atRates = (errors: Readonly<Record<string, number>>): readonly CellRow[] =>
    Object.entries(errors).flatMap(([rate, error]) =>
      cellsOf({ ...settings, estimators: ['rfg'], problems: ['p'], options: [`--a --learning-rate ${rate}`] }).map(
        (cell): CellRow => ({ ...cell, ...withoutTest(outcome(error)) }),
      ),
    )

  test.each<[string, Readonly<Record<string, number>>, boolean]>([
    ['inside', { '1e-3': 0.3, '3e-3': 0.1, '1e-2': 0.2 }, false],
    ['the lowest', { '1e-3': 0.1, '3e-3': 0.2, '1e-2': 0.3 }, true],
    ['the highest', { '1e-3': 0.3, '3e-3': 0.2, '1e-2': 0.1 }, true],
  ])('marks a best rate at an edge: %s', (_, errors, edge) => {
    const rows = atRates(errors)
    expect([...chosen(rows)].map((s) => isAtEdge(s, summarise(rows)))).toEqual([edge])
  })

  test('of docs/benchmarks has no best rate at an edge', async () => {
    const stored = (await readRunsInDocs(join(checkoutRoot, 'docs', 'benchmarks'))).filter(
      (s) => s.run.command === 'search',
    )
    const edges = stored.flatMap(({ name, run }) => {
      const { rows } = run as unknown as { readonly rows: readonly CellRow[] }
      return [...chosen(rows)].filter((s) => isAtEdge(s, summarise(rows))).map((s) => `${name}: ${s.estimator}`)
    })
    expect(stored.length).toBeGreaterThan(0)
    expect(edges).toEqual([])
  })

  test('finds the rate itself, and refuses one among the options', async () => {
    const { code, err } = await bench('search', '--options', '--steps 5 --learning-rate 1e-3')
    expect(code).not.toBe(0)
    expect(err).toContain('BENCH_USAGE')
  })
})
