import { existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sourceOf } from '@spikeward/train/node'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  DIVERGED,
  configOf,
  estimatorSettings,
  estimatorSpecs,
  isOnTime,
  meanOf,
  paceBetween,
  runOnTime,
  runTrial,
  spreadOf,
  stepsAt,
  timesType,
  trainingSettings,
  verdict,
} from '@spikeward/experiment'
import type { CompareRow, Io, TrainConfig, Trial } from '@spikeward/experiment'
import { decodePng, survey } from './decodePng.js'
import { type Ran, run } from './fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-comparison-'))
const place = (name: string): string => join(folder, name)
const text = (...path: readonly string[]): string => readFileSync(place(join(...path)), 'utf8')
const lastLine = (out: string): Record<string, unknown> => {
  expect(out.trimEnd().split('\n')).toHaveLength(1)
  return JSON.parse(out) as Record<string, unknown>
}

describe('statistics', () => {
  test('leave out missing values', () => {
    expect(meanOf([1, null, 3])).toBe(2)
    expect(meanOf([null])).toBeNull()
    expect(spreadOf([1, null, 3])).toBeCloseTo(Math.SQRT2)
    expect(spreadOf([1])).toBeNull()
  })
})

describe('the options of compare', () => {
  test('estimators with options of their own', () => {
    const labels = estimatorSpecs(
      'eight=rfg:directions=8, controlVariate(./a/b.ts#mine(eps=1), rate=0.1):directions=2',
    ).map(({ label }) => label)
    expect(labels).toEqual(['eight', 'controlVariate(mine(eps=1), rate=0.1):directions=2'])
    expect(estimatorSpecs('bp,rfg:directions=8:scope=layerwise:exactReadout')).toEqual([
      { label: 'bp', estimator: 'bp', options: {} },
      {
        label: 'rfg:directions=8:scope=layerwise:exactReadout',
        estimator: 'rfg',
        options: { exactReadout: true, declared: { directions: '8', scope: 'layerwise' } },
      },
    ])
  })

  test('every setting of the estimator and of the training may be its own, but what makes the budget', () => {
    const { estimator: _, steps: _n, seconds: _s, ...own } = { ...estimatorSettings, ...trainingSettings }
    for (const [name, { type }] of Object.entries(own)) {
      const value = type.name === 'text' ? 'sgd' : '1'
      const [spec] = estimatorSpecs(type.name === 'flag' ? `rfg:${name}` : `rfg:${name}=${value}`)
      expect(spec!.options).toHaveProperty(name)
    }
    for (const budget of ['steps', 'seconds']) expect(() => estimatorSpecs(`rfg:${budget}=3`)).toThrow(/has no option/)
  })

  test('times with and without a unit', () => {
    const { parse, accepts } = timesType
    const read = (text: string): unknown => parse?.(text, () => undefined)
    expect(read('1s,500ms,2min,7')).toEqual([1, 0.5, 120, 7])
    for (const wrong of ['soon', '0s', '-1s', '', '1s,', '1e9s']) expect(accepts(read(wrong)), wrong).toBe(false)
  })
})

describe('the clock', async () => {
  test('time before the first moment is start-up, not part of a step', () => {
    const pace = paceBetween({ step: 1, seconds: 2 }, { step: 11, seconds: 3 })
    expect(pace).toEqual({ begin: 1.9, perStep: 0.1 })
    expect(stepsAt(pace!, 10)).toBe(81)
    expect(stepsAt({ begin: 5, perStep: 1 }, 2)).toBe(1)
    expect(paceBetween({ step: 3, seconds: 2 }, { step: 3, seconds: 2 })).toBeNull()
    expect(paceBetween(undefined, { step: 3, seconds: 2 })).toBeNull()
  })

  test('a run is on time within a tenth, its schedule to the end', () => {
    expect(isOnTime({ seconds: 9.1, cut: false }, 10)).toBe(true)
    expect(isOnTime({ seconds: 10.9, cut: false }, 10)).toBe(true)
    expect(isOnTime({ seconds: 8.9, cut: false }, 10)).toBe(false)
    expect(isOnTime({ seconds: 10.9, cut: true }, 10)).toBe(false)
  })

  const config = await configOf(
    'parabola',
    {
      ...{ hidden: [6], time: 4, batch: 8, key: 1, backend: 'reference', estimator: 'bp', learningRate: 1e30 },
      ...{ optimizer: 'sgd', steps: 40, force: false, json: false, quiet: true },
    },
    { err: () => undefined },
  )
  /** Runs on a machine that takes these times per step, regardless of the plan. */
  const machine = (...perStep: number[]) => {
    const runs: Trial[] = []
    const run = (own: TrainConfig, most: number): Promise<Trial> => {
      const each = perStep[runs.length]!
      const steps = Math.min(own.steps, Math.ceil(most / each))
      const [first, seconds] = [{ step: 1, seconds: each }, steps * each]
      const trial = { config: own, steps, seconds, curve: [first], cut: steps < own.steps, failure: null }
      runs.push(trial as unknown as Trial)
      return Promise.resolve(runs.at(-1)!)
    }
    return { runs, run }
  }
  const clock = { seconds: 10, pace: { begin: 0, perStep: 0.1 } }

  test('a run on time is run once', async () => {
    const { runs, run } = machine(0.105)
    expect(await runOnTime(config, clock, run)).toBe(runs[0])
    expect(runs[0]).toMatchObject({ steps: 100, cut: false })
  })

  test.each([
    ['too many steps: the clock stops it', 0.4, 25, true],
    ['too few', 0.02, 500, false],
  ])('a run that was planned with %s is planned again by its own pace', async (_, perStep, steps, cut) => {
    const { runs, run } = machine(perStep, perStep)
    expect(await runOnTime(config, clock, run)).toMatchObject({ steps, cut: false })
    expect(runs).toHaveLength(2)
    expect(runs[0]!.cut).toBe(cut)
    expect(runs[0]!.seconds).toBeLessThan(11.5)
  })

  test('the second plan counts, on time or not, since the machine may change again', async () => {
    const { runs, run } = machine(0.4, 0.8)
    const trial = await runOnTime(config, clock, run)
    expect(trial).toBe(runs[1])
    expect(isOnTime(trial!, 10)).toBe(false)
  })

  test('a run that diverges is reported, and is not run again', async () => {
    let runs = 0
    const trial = await runOnTime(config, clock, (own) => {
      runs++
      return runTrial(
        own,
        'test',
        { io: { err: () => undefined } as unknown as Io, quiet: true },
        new AbortController().signal,
      )
    })
    expect(trial).toMatchObject({ failure: DIVERGED, relativeL2: null })
    expect(runs).toBe(1)
  })

  const beside = (randomSign: number | null = null) => ({ untrained: 0.1, randomSign })

  const row = (more: object): CompareRow =>
    ({
      ...{ mean: 0.01, baselines: beside(), failures: 0, offTime: 0, config: { estimator: 'bp' } },
      trials: [null, DIVERGED].map((failure) => ({ failure, baselines: beside() })),
      ...more,
    }) as unknown as CompareRow

  test('a verdict names failures and runs that were off their time', () => {
    const keys = (...errors: number[]) =>
      errors.map((relativeL2) => ({ failure: null, relativeL2, baselines: beside() }))
    expect(verdict(row({ trials: keys(0.01, 0.011, 0.012) }))).toBe('learns')
    expect(verdict(row({ trials: keys(0.01) }))).toBe('below untrained; too few pairs of keys to say that it learns')
    expect(verdict(row({ trials: keys(0.01, 0.2, 0.09) }))).toMatch(/^not learned/)
    const directions = { config: { estimator: 'rfg' }, trials: keys(0.01, 0.011, 0.012) }
    expect(verdict(row(directions))).toMatch(/^below untrained; the control by random signs was not run/)
    const controlled = directions.trials.map((t) => ({ ...t, baselines: beside(0.05) }))
    expect(verdict(row({ ...directions, trials: controlled }))).toBe('learns')
    expect(verdict(row({ failures: 1 }))).toMatch(/^fails for 1 of 2 keys, which are excluded from the means: diverged/)
    expect(verdict(row({ mean: null, failures: 2 }))).toMatch(/^fails for every key: diverged/)
    expect(verdict(row({ mean: 0.2 }))).toBe('fails: no better than untrained')
    expect(verdict(row({ offTime: 1 }))).toMatch(/^below untrained.*; 1 of 2 keys took less than 0.9/)
  })
})

const small = ['--backend', 'reference', '--hidden', '6', '--time', '4', '--batch', '8']

describe('compare', () => {
  const estimators = 'bp,rfg:directions=2:readoutSolve=5,eligibility'
  const args = ['compare', 'parabola', ...small, '--budget', '150ms', '--keys', '2', '--rates', '3', '--share', '0.4']
  const again = (): Promise<Ran> => run(...args, '--estimators', estimators, '--out', place('compare'), '--json')
  let ran: Ran
  beforeAll(async () => {
    // A clock that only its readers move: a busy machine would leave no run on time.
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 1))
    ran = await again()
  })
  afterAll(() => {
    vi.restoreAllMocks()
  })

  test('prints one JSON object, with the runs, the search and the baseline', () => {
    expect(ran.code).toBe(0)
    const { rows } = lastLine(ran.out) as { rows: Record<string, unknown>[] }
    expect(rows.map((r) => r['label'])).toEqual(estimators.split(','))
    for (const row of rows) {
      for (const name of ['mean', 'spread', 'seconds', 'stepsPerSecond', 'forwardEquivalents']) {
        expect(row[name], name).toBeGreaterThan(0)
      }
      expect(row['baselines']).toMatchObject({ untrained: expect.any(Number) as number, kernel: null })
      expect(row['peakBytes']).toBeGreaterThan(0)
      expect(row['trials']).toHaveLength(2)
      expect((row['search'] as { tried: object[] }).tried).toHaveLength(3)
    }
  })

  test('never uses the test points in the search', () => {
    const kept = readdirSync(place('compare/trials')).map(
      (name) => JSON.parse(text('compare/trials', name)) as { request: Record<string, unknown>; value: Trial },
    )
    const searched = kept.filter(({ request }) => request['measure'] === 'validation')
    expect(searched).toHaveLength(9)
    for (const { request, value } of searched) {
      expect(value.relativeL2).toBeNull()
      expect(request['key']).toBe(0xffff_ffff)
    }
  })

  test('writes a table and figures of both kinds that are not blank', () => {
    const table = text('compare/table.md')
    for (const label of estimators.split(',')) expect(table).toContain(`| ${label} | `)
    expect(table).toContain('(chosen)')
    expect(JSON.parse(text('compare/table.json'))).toEqual(lastLine(ran.out))
    expect(text('compare/curves-0.15s.svg')).toContain('seconds of training')
    const picture = survey(decodePng(readFileSync(place('compare/curves-0.15s.png'))))
    expect(picture.inked).toBeGreaterThan(0.002)
  })

  test('continues where it was stopped: finished runs are not run again', async () => {
    const second = await again()
    expect(second.code).toBe(0)
    const first = lastLine(ran.out)
    // Only the command's own time differs: that of all trials stays.
    expect(lastLine(second.out)).toEqual({
      ...first,
      date: expect.any(String) as string,
      seconds: expect.any(Number) as number,
    })
    expect(first['trialSeconds']).toBeGreaterThan(0)
  })

  test('stores the machine, the versions, the commit and the settings', () => {
    expect(lastLine(ran.out)).toMatchObject({
      machine: { processor: expect.any(String) as string, cores: expect.any(Number) as number },
      versions: { node: process.versions.node },
      commit: sourceOf(import.meta.dirname.replace(/test$/, '')).commit,
      settings: { keys: expect.any(Number) as number, rates: expect.any(Number) as number },
    })
  })

  test.each([
    ['--estimators bp,rgf', /did you mean "rfg"/],
    ['--estimators bp,bp', /twice/],
    ['--estimators rfg:direction=3', /did you mean "directions"/],
    ['--estimators rfg:directions=0', /at least 1/],
    ['--estimators eligibility:exactReadout', /by itself/],
    ['--estimators bp --budget soon', /budget is soon; it must be times such as 15s/],
    ['', /--estimators/],
  ])('refuses %s', async (line, message) => {
    const out = place('refused')
    const { code, err } = await run(
      'compare',
      'parabola',
      ...small,
      '--out',
      out,
      ...(line === '' ? [] : line.split(' ')),
    )
    expect(err).toMatch(message)
    expect(code).toBe(2)
    expect(existsSync(out)).toBe(false)
  })
})
