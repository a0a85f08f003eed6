import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { runCli } from '../../src/program.js'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-search-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const place = (name: string): string => join(folder, name)

const small = [
  ...[
    'search',
    'parabola',
    '--backend',
    'reference',
    '--hidden',
    '4',
    '--time',
    '2',
    '--batch',
    '8',
    '--directions',
    '1',
  ],
  ...['--steps', '8', '--keys', '1', '--readout-solve', '0', '--quiet', '--json'],
  ...['--train', '16', '--validation', '8', '--test', '9'],
]

type Found = {
  readonly trials: readonly {
    readonly trial: number
    readonly steps: number
    readonly validation: number
    readonly point: Readonly<Record<string, number | string>>
    readonly interior: Readonly<Record<string, boolean>>
  }[]
  readonly winner: Found['trials'][number]
  readonly tests: readonly { readonly config: { readonly key: number }; readonly relativeL2: number }[]
  readonly mean: number
}

async function search(name: string, ...args: readonly string[]): Promise<Found> {
  const { code, out, err } = await run(...small, ...args, '--out', place(name))
  expect(err).toBe('')
  expect(code).toBe(0)
  return JSON.parse(out) as Found
}

const over = ['--over', 'learning-rate=1e-4..1', '--over', 'surrogate=atan|triangular', '--over', 'beta']

describe('search', () => {
  test('tries settings on validation data alone, begins with the defaults, and tests only the winner', async () => {
    const { trials, winner, tests, mean } = await search('a', ...over, '--trials', '4', '--keys', '2')
    expect(trials.map(({ trial }) => trial)).toEqual([1, 2, 3, 4])
    expect(winner.validation).toBe(Math.min(...trials.map(({ validation }) => validation)))
    for (const { point, interior } of trials) {
      expect(Number(point['learningRate'])).toBeGreaterThanOrEqual(1e-4)
      expect(Number(point['learningRate'])).toBeLessThanOrEqual(1)
      expect(['atan', 'triangular']).toContain(point['surrogate'])
      // The declaration of beta has the range [0, 1].
      expect(Number(point['beta'])).toBeLessThanOrEqual(1)
      expect(Object.keys(interior)).toEqual(['learningRate', 'surrogate', 'beta'])
    }
    expect(tests.map(({ config }) => config.key)).toEqual([0, 1])
    expect(mean).toBeCloseTo((tests[0]!.relativeL2 + tests[1]!.relativeL2) / 2, 10)
    const stored = readdirSync(join(place('a'), 'trials')).map(
      (file) =>
        JSON.parse(readFileSync(join(place('a'), 'trials', file), 'utf8')) as { value: { relativeL2: unknown } },
    )
    expect(stored).toHaveLength(6)
    expect(stored.filter(({ value }) => value.relativeL2 !== null)).toHaveLength(2)
  })

  test('when repeated reads the stored trials, and continues if it may have more', async () => {
    const times = (): number[] =>
      readdirSync(join(place('a'), 'trials')).map((f) => statSync(join(place('a'), 'trials', f)).mtimeMs)
    const before = times()
    const again = await search('a', ...over, '--trials', '4', '--keys', '2')
    expect(times()).toEqual(before)
    const more = await search('a', ...over, '--trials', '6', '--keys', '2')
    expect(more.trials.slice(0, 2)).toEqual(again.trials.slice(0, 2))
  })

  test('names its trials in the note after an interruption', async () => {
    let shown = ''
    const code = await runCli([...small, ...over, '--trials', '2', '--out', place('stopped')], {
      out: () => undefined,
      err: (text) => (shown += text),
      errIsTerminal: false,
      onInterrupt: (stop) => {
        stop()
        return () => undefined
      },
    })
    expect([code, shown]).toEqual([1, expect.stringMatching(/Finished runs are stored in .*stopped;/)])
  })

  test.each([
    ['learning-rat=1..2', /did you mean "learning-rate"/],
    ['learning-rate=2..1', /give two numbers, as in 1e-4\.\.1e-1/],
    ['batch', /give a range: batch=1\.\.10/],
    ['directions', /a whole number.*; give a range, as in directions=1\.\.10/],
    ['surrogate=atan', /at least two values/],
  ])('refuses --over %s before anything is written', async (text, message) => {
    const { code, err } = await run(...small, '--over', text, '--out', place('none'))
    expect(code).toBe(2)
    expect(err).toMatch(message)
    expect(readdirSync(folder)).not.toContain('none')
  })

  test('never ends with a worse validation error than the run without it, also in a space that does not contain that run', async () => {
    const { trials, winner } = await search('far', '--over', 'learning-rate=1e-8..1e-7', '--trials', '4')
    const [usual] = trials
    expect(usual).toMatchObject({ trial: 1, point: {} })
    expect(winner).toEqual(usual)
  })

  test('on own data begins with the estimator that train would choose, and names it', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i / 40},${Math.sin(i / 6)}`)
    writeFileSync(place('own.csv'), `a,y\n${rows.join('\n')}\n`)
    const data = [
      '--data',
      place('own.csv'),
      '--inputs',
      'a',
      '--outputs',
      'y',
      '--backend',
      'reference',
      '--hidden',
      '4',
    ]
    const args = [...data, '--time', '2', '--steps', '20', '--batch', '8']
    const trained = await run('train', ...args, '--no-figures', '--json', '--out', place('own'))
    const { estimator } = JSON.parse(readFileSync(join(place('own'), 'config.json'), 'utf8')) as { estimator: string }
    expect(trained.err).toContain('trial on the validation data')
    const searched = await run('search', ...args, '--trials', '2', '--keys', '1', '--out', place('own-search'))
    expect(searched.code).toBe(0)
    expect(searched.err).toContain('trial on the validation data')
    expect(searched.out).toContain(`Estimator ${estimator}, network mlp, 20 steps`)
  })

  test('reports the winner, the options that repeat it, and a value at the edge of its range', async () => {
    const args = small.filter((a) => a !== '--json')
    const { out } = await run(
      ...args,
      '--over',
      'learning-rate=1e-8..1e-7',
      '--learning-rate',
      '1e-8',
      '--trials',
      '1',
      '--out',
      place('edge'),
    )
    expect(out).toMatch(/Best settings: learningRate [\d.e-]+\n\n {4}--learning-rate/)
    expect(out).toMatch(/Error on the test data, key 0: \d\.\d{4}; untrained with a ridge readout: \d\.\d{4}/)
    expect(out).toMatch(/The run without a search, trial 1: .*Estimator rfg, network mlp, 8 steps/)
    // A rate that moves nothing learns nothing.
    expect(out).toContain('No better than the untrained network')
  })
})
