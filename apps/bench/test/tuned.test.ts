import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assert, asyncProperty, double, integer } from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { tensor } from '@spikeward/core'
import { adam, constant, cosineDecay, sgd } from '@spikeward/optim'
import { parabola } from '@spikeward/problems'
import { openBackend } from '../src/backends.js'
import { checkoutRoot } from '../src/paths.js'
import { readRunsInDocs } from '../src/docs/storedInDocs.js'
import { decayOf, takesSteps } from '../src/tuned/contenders.js'
import type { Contender } from '../src/tuned/contenders.js'
import type { TunedRow } from '../src/tuned/rows.js'
import { judge, MIN_RATES, LOWEST_RATE, searchRates } from '../src/tuned/search/searchRates.js'
import { searchAndTest, trainingsOf } from '../src/tuned/search/searchAndTest.js'
import type { Training } from '../src/tuned/search/searchAndTest.js'
import { showProgress } from '../src/progress.js'
import { unfair } from '../src/tuned/unfair.js'
import { operatorSamples } from '../src/tuned/networks/operatorSamples.js'
import { trainingOn } from '../src/tuned/trainingOn.js'
import { openNetwork } from '../src/tuned/networks/openNetwork.js'
import { trainTuned } from '../src/tuned/trainTuned.js'
import { tunedOptimizer } from '../src/tuned/tunedOptimizer.js'
import { openTrials } from '../src/tuned/search/openTrials.js'
import { bench } from './support/fakeIo.js'
import { testFolder } from './support/folder.js'

const decade = (rate: number): number => Math.log10(rate)

describe('searchRates', () => {
  test('covers five rates from 1e-4 and finds the best of any valley, in its interior', () =>
    assert(
      asyncProperty(double({ min: -6, max: 1, noNaN: true }), async (valley) => {
        const { tried, best, interior } = await searchRates(5, async (rate) => Math.abs(decade(rate) - valley))
        expect(tried.length).toBeGreaterThanOrEqual(MIN_RATES)
        expect(tried.some((t) => t.learningRate === LOWEST_RATE)).toBe(true)
        expect(interior).toBe(true)
        expect(Math.abs(decade(best!) - valley)).toBeLessThan(0.26)
        tried
          .slice(1)
          .forEach((t, i) => expect(decade(t.learningRate) - decade(tried[i]!.learningRate)).toBeCloseTo(0.5, 2))
      }),
      { numRuns: 50 },
    ))

  test('goes below 1e-4 where the best rate is the lowest', async () => {
    const { tried, best, interior } = await searchRates(5, async (rate) => Math.abs(decade(rate) + 5))
    expect([best, interior, tried[0]!.learningRate]).toEqual([1e-5, true, 3.16e-6])
  })

  test('reports an edge when it gives up', async () => {
    const { best, interior } = await searchRates(5, async (rate) => -rate)
    expect(interior).toBe(false)
    expect(best).toBeGreaterThan(10)
  })

  test('has no best rate if every run diverges', async () => {
    expect(await searchRates(5, async () => null)).toMatchObject({ best: null, interior: false })
  })
})

describe('searchAndTest', () => {
  test('announces each training beyond the least number, so that the progress ends at its total', () =>
    assert(
      asyncProperty(double({ min: -9, max: 4, noNaN: true }), integer({ min: 1, max: 7 }), async (valley, rates) => {
        const plan = { rates, searchKeys: [1, 2], testKeys: [3, 4, 5] }
        const base = { hidden: [8], estimator: 'bp', steps: 1, time: 1, batch: 1, beta: 1 } as const
        let lines = ''
        const io = { out: () => undefined, err: (text: string) => void (lines += text) }
        const progress = showProgress(io, trainingsOf(plan))
        let ran = 0
        const run: Training = async ({ learningRate }) => {
          progress.step(String(++ran))
          const error = Math.abs(decade(learningRate) - valley)
          // Every rate of some searches diverges: those have no tests.
          const validation = valley > 3 ? null : error
          return {
            ...{ validation, relativeL2: error, baselineRidge: 1, cosines: null },
            ...{ forwardEquivalents: 1, seconds: 1 },
          }
        }
        await searchAndTest(base, plan, run, progress.more)
        const shown = lines.trimEnd().split('\n')
        expect(shown.at(-1)).toMatch(valley > 3 ? /^\d+\/\d+ / : `${ran}/${ran}  `)
        // No line counts beyond its total.
        for (const line of shown) {
          const [, at, of] = /^(\d+)\/(\d+) /.exec(line)!
          expect(Number(at)).toBeLessThanOrEqual(Number(of))
        }
      }),
      { numRuns: 50 },
    ))
})

/** A row of three layers whose best rate is 1e-3, in the interior. */
function someRow(change: (row: TunedRow) => TunedRow = (row) => row): TunedRow {
  const errors = [0.3, 0.2, 0.1, 0.2, 0.3]
  const tried = errors.map((validation, i) => ({
    learningRate: Number((10 ** (-4 + i / 2)).toPrecision(3)),
    validation,
  }))
  const trials = tried.flatMap((t) => [1, 2].map((networkKey) => ({ ...t, networkKey })))
  const tests = [3, 4, 5].map((networkKey) => ({
    networkKey,
    validation: 0.1,
    relativeL2: 0.1,
    baselineRidge: 0.2,
    cosines: null,
    forwardEquivalents: 1,
    seconds: 1,
  }))
  return change({ hidden: [8, 8, 8], estimator: 'bp', search: { ...judge(tried), tried, trials }, tests })
}

describe('a published table', () => {
  test('is fair if the best rate is in the interior of its search and keys are fresh', () => {
    expect(unfair(someRow())).toEqual([])
  })

  const cut = (from: number, to: number): TunedRow =>
    someRow((row) => {
      const tried = row.search.tried.slice(from, to)
      const trials = row.search.trials.filter((t) => tried.some((o) => o.learningRate === t.learningRate))
      return { ...row, search: { ...judge(tried), tried, trials } }
    })

  test.each<[string, TunedRow, RegExp]>([
    ['the best at the lower edge', cut(2, 5), /edge/],
    ['the best at the upper edge', cut(0, 3), /edge/],
    ['too few rates', cut(1, 5), /rates/],
    [
      'a claim of an interior that the trials do not support',
      { ...cut(2, 5), search: { ...cut(2, 5).search, interior: true } },
      /edge/,
    ],
    [
      'a rate in the tests that is not the best',
      someRow((r) => ({ ...r, search: { ...r.search, best: 1e-4 } })),
      /best/,
    ],
    [
      'trials that are not stored',
      someRow((r) => ({ ...r, search: { ...r.search, trials: r.search.trials.slice(1) } })),
      /trials/,
    ],
    [
      'a key of the search among the tests',
      someRow((r) => ({ ...r, tests: [{ ...r.tests[0]!, networkKey: 1 }] })),
      /key/,
    ],
  ])('is refused for %s', (_, row, why) => {
    expect(unfair(row).join('; ')).toMatch(why)
  })

  test('is in docs/benchmarks only if it is fair', async () => {
    const stored = (await readRunsInDocs(join(checkoutRoot, 'docs', 'benchmarks'))).filter(
      ({ run }) => run.command === 'tuned' || run.command === 'laws',
    )
    const found = stored.flatMap(({ name, run }) =>
      (run as unknown as { rows: readonly TunedRow[] }).rows.flatMap((row) =>
        unfair(row).map((why) => `${name}, ${row.estimator} on ${row.hidden.join('-')}: ${why}`),
      ),
    )
    expect(found).toEqual([])
  })
})

describe('trials', () => {
  const experiment = { source: 'here', problem: 'mexican-hat', options: { s: 0.4 }, backend: 'cpu', threads: 1 }
  const settings = {
    hidden: [4],
    estimator: 'bp',
    learningRate: 1,
    networkKey: 1,
    steps: 1,
    time: 1,
    batch: 1,
    beta: 1,
  } as const
  const outcome = {
    validation: 0.5,
    relativeL2: null,
    baselineRidge: null,
    cosines: null,
    forwardEquivalents: 3,
    seconds: 1,
  }

  test('continue an interrupted run, ignoring an incomplete line', async () => {
    const file = join(await testFolder(), 'trials.jsonl')
    let made = 0
    const make = async () => (made++, outcome)
    const first = await openTrials(file, experiment)
    await first.run(settings, 'search', make)
    await first.run(settings, 'search', make)
    expect(first.earlierSeconds()).toBe(0)
    const { appendFile } = await import('node:fs/promises')
    await appendFile(file, '{"settings": {"hid')
    const again = await openTrials(file, experiment)
    expect(await again.run(settings, 'search', make)).toEqual(outcome)
    expect(again.earlierSeconds()).toBe(outcome.seconds)
    await again.run(settings, 'search', make)
    expect(again.earlierSeconds()).toBe(outcome.seconds)
    await again.run(settings, 'test', make)
    expect(made).toBe(2)
  })

  test.each([
    ['commit', { ...experiment, source: 'another' }],
    ['problem', { ...experiment, problem: 'parabola' }],
    ['option of the problem', { ...experiment, options: { s: 0.25 } }],
    ['backend', { ...experiment, backend: 'native' }],
    ['number of threads', { ...experiment, threads: 2 }],
  ])('of another %s are not continued', async (_, other) => {
    const file = join(await testFolder(), 'trials.jsonl')
    await (await openTrials(file, experiment)).run(settings, 'search', async () => outcome)
    const trials = await openTrials(file, other)
    const fresh = { ...outcome, validation: 0.25 }
    expect(await trials.run(settings, 'search', async () => fresh)).toEqual(fresh)
    expect(trials.earlierSeconds()).toBe(0)
  })

  test('that do not say their problem are read and not continued', async () => {
    const file = join(await testFolder(), 'trials.jsonl')
    await writeFile(file, `${JSON.stringify({ settings, purpose: 'search', outcome })}\n`)
    const trials = await openTrials(file, experiment)
    await trials.run(settings, 'search', async () => outcome)
    expect(trials.earlierSeconds()).toBe(0)
  })
})

describe('a training', () => {
  const settings = { hidden: [6, 5, 4], learningRate: 1e-2, networkKey: 7, steps: 3, time: 8, batch: 32, beta: 0.9 }
  const errorOn = async (name: string, estimator: Contender): Promise<number | null> => {
    await using backend = await openBackend(name, 1)
    return (await trainTuned({ ...settings, estimator }, (one) => openNetwork(one, parabola()), backend, 'search'))
      .validation
  }

  test.each(['rateBackpropagation', 'rateBackpropagation/weightMirror', 'rateBackpropagation/random'] as const)(
    'by %s ends at the same error on cpu and on the reference backend',
    async (estimator) => {
      const reference = await errorOn('reference', estimator)
      expect(reference).toBeGreaterThan(0)
      expect(Math.abs((await errorOn('cpu', estimator))! / reference! - 1)).toBeLessThan(1e-3)
    },
    60_000,
  )

  test('of some seconds takes the steps that its speed in processor time allows, and reports their number', async () => {
    await using backend = await openBackend('cpu', 1)
    // Every training takes 0.5 s, whatever the clock says.
    const usage = vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 4e5, system: 1e5 })
    onTestFinished(() => usage.mockRestore())
    const timed = { ...settings, estimator: 'bp', steps: 11, seconds: 0.2 } as const
    const { steps, validation, processorSeconds } = await trainTuned(
      timed,
      (one) => openNetwork(one, parabola()),
      backend,
      'search',
    )
    expect(steps).toBe((11 - 1) * (0.2 / 0.5))
    expect(processorSeconds).toBe(0.5)
    expect(validation).toBeGreaterThan(0)
  })
})

describe('the optimiser of a contender', () => {
  test('removes from every weight, at any rate, the share that Kolen–Pollack feedback follows', async () => {
    const name = 'rateBackpropagation/kolenPollack'
    const decay = decayOf(name)
    expect(decay).toBeGreaterThan(0)
    const params = { weight: tensor([[1, -2]]) }
    const none = { weight: tensor([[0, 0]]) }
    const optimizer = tunedOptimizer(cosineDecay({ initial: 0.1, steps: 2 }), decay)
    let state = optimizer.init(params)
    for (let step = 0; step < 2; step++) {
      const next = optimizer.update(none, state, params)
      state = next.state
      const moved = await next.updates.weight.data()
      expect([...moved]).toEqual([expect.closeTo(-decay, 9), expect.closeTo(2 * decay, 9)])
    }
  })

  test('is Adam without a decay for the others', () => {
    expect(decayOf('rateBackpropagation')).toBe(0)
    expect(tunedOptimizer(constant(0.1), 0).name).toBe(adam(constant(0.1)).name)
  })

  test.each(['gaussNewton', 'gaussNewton/weightMirror', 'subspaceGaussNewton'])(
    'of %s goes along its steps',
    (name) => {
      expect(takesSteps(name)).toBe(true)
      const optimizer = tunedOptimizer(constant(0.1), 0, takesSteps(name))
      expect(optimizer.name).toBe(sgd(constant(0.1)).name)
      expect(takesSteps('bp')).toBe(false)
    },
  )
})

test('bench tuned writes every trial, and tables with cosines', async () => {
  const folder = await testFolder()
  const { code, out } = await bench(
    ...['tuned', '--quick', '--backend', 'cpu', '--estimators', 'bp,rateBackpropagation', '--out', folder],
  )
  expect(code).toBe(0)
  expect(out).toContain('cosine to bp')
  const run = JSON.parse(await readFile(join(folder, 'tuned.json'), 'utf8')) as { rows: readonly TunedRow[] }
  expect(run.rows.map((r) => r.estimator)).toEqual(['bp', 'rateBackpropagation'])
  for (const row of run.rows) {
    expect(row.search.trials.length).toBeGreaterThanOrEqual(MIN_RATES)
    expect(row.tests.map((t) => t.networkKey)).toEqual([401, 402])
  }
})

test('the data of an operator are those of their key, and are solved once', async () => {
  const sizes = { functions: 5, components: 2, modes: 3, points: 16 }
  const samples = operatorSamples('advection', sizes)
  expect(samples(1)).toBe(samples(1))
  const [first, second] = [await samples(1), await samples(2)]
  expect([...second.train.sensors]).not.toEqual([...first.train.sensors])
  const again = await operatorSamples('advection', sizes)(1)
  expect([...again.train.values]).toEqual([...first.train.values])
})

test.each(['poisson-1d', 'advection-diffusion'])('an operator on one or two axes trains: %s', async (name) => {
  await using backend = await openBackend('cpu', 1)
  const training = trainingOn(name, { functions: 10, components: 3, modes: 3, points: 16 })
  const settings = { hidden: [4], estimator: 'eligibility', steps: 2, time: 6, batch: 8, beta: 1 }
  const outcome = await training({ ...settings, learningRate: 1e-2, networkKey: 1 }, backend, 'search')
  expect(outcome.validation).toBeGreaterThan(0)
})

test('a training on an operator trains all layers of the branch by their traces', async () => {
  await using backend = await openBackend('cpu', 1)
  const training = trainingOn('advection', { functions: 20, components: 3, modes: 4, points: 16 })
  const settings = { hidden: [6, 5], estimator: 'rateBackpropagation', steps: 3, time: 8, batch: 8, beta: 1 }
  const outcome = await training({ ...settings, learningRate: 1e-2, networkKey: 1 }, backend, 'test')
  expect(outcome.baselineRidge).toBeGreaterThan(0)
  expect(outcome.relativeL2).toBeGreaterThan(0)
  expect(outcome.cosines!.before).toHaveLength(2)
  outcome.cosines!.before.forEach((cosine) => expect(cosine).toBeGreaterThan(0.8))
})
