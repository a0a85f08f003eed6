import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Pair, pairedInterval, unpairedInterval, verdictOf } from '../../src/compare/bootstrap.js'
import { compareBuilds } from '../../src/compare/builds.js'
import { compareRuns } from '../../src/compare/runs.js'
import { bench } from '../support/fakeIo.js'
import { testFolder } from '../support/folder.js'
import { noisyMachine, random } from '../support/noise.js'
import { someRun } from '../support/runs.js'

const options = { bound: 0.05, rounds: 24, sittings: 8 }

/** Compares a build with one that takes `factor` as long, on a noisy machine. */
async function onNoise(start: number, factor: number) {
  const process = noisyMachine(start)
  return compareBuilds({ old: async () => process(1), now: async () => process(factor) }, options)
}

describe('two builds on a noisy machine', () => {
  test('an unchanged build is never called slower or faster', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (start) => {
        expect(['same', 'unsure']).toContain((await onNoise(start, 1)).verdict)
      }),
      { numRuns: 40 },
    )
  })

  test('10% more is always found at a bound of 5%, and its size is right', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (start) => {
        const { verdict, interval } = await onNoise(start, 1.1)
        expect(verdict).toBe('slower')
        expect(Math.abs(interval.ratio - 1.1)).toBeLessThan(0.04)
      }),
      { numRuns: 40 },
    )
  })

  test('10% less is called faster, and 2% more passes', async () => {
    for (let start = 0; start < 10; start++) {
      expect((await onNoise(start, 1 / 1.12)).verdict).toBe('faster')
      expect((await onNoise(start, 1.02)).verdict).not.toBe('slower')
    }
  })

  test('every sitting restarts both builds and closes them, even if one fails', async () => {
    let open = 0
    const build = (fails: boolean) => async () => {
      open++
      return {
        round: async (n: number) => (fails ? Promise.reject(new Error('gone')) : new Array<number>(n).fill(1)),
        close: () => void open--,
      }
    }
    await compareBuilds({ old: build(false), now: build(false) }, options)
    expect(open).toBe(0)
    await expect(compareBuilds({ old: build(false), now: build(true) }, options)).rejects.toThrow('gone')
    expect(open).toBe(0)
  })
})

describe('intervals', () => {
  test('contain the ratio, scale with it, and are reproducible', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.2, max: 5, noNaN: true }), (start, factor) => {
        const next = random(start)
        const sittings = [0, 1, 2].map(() =>
          Array.from({ length: 12 }, (): Pair => {
            const drift = 1 + next()
            return [drift * (1 + 0.05 * next()), factor * drift * (1 + 0.05 * next())]
          }),
        )
        const found = pairedInterval(sittings)
        expect(found.low).toBeLessThanOrEqual(found.ratio)
        expect(found.high).toBeGreaterThanOrEqual(found.ratio)
        expect(Math.abs(found.ratio / factor - 1)).toBeLessThan(0.05)
        expect(pairedInterval(sittings)).toEqual(found)
      }),
      { numRuns: 20 },
    )
  })

  test('pairs cancel a drift that single times do not', () => {
    const pairs = Array.from({ length: 40 }, (_, i): Pair => [1 + i / 10, 1.1 * (1 + i / 10)])
    const paired = pairedInterval([pairs])
    const single = unpairedInterval(
      pairs.map(([a]) => a),
      pairs.map(([, b]) => b),
    )
    expect(paired.high - paired.low).toBeLessThan(1e-9)
    expect(single.high - single.low).toBeGreaterThan(0.2)
  })

  test.each([
    [{ ratio: 1.1, low: 1.06, high: 1.2 }, 'slower'],
    [{ ratio: 0.9, low: 0.85, high: 0.94 }, 'faster'],
    [{ ratio: 1, low: 0.97, high: 1.04 }, 'same'],
    [{ ratio: 1.04, low: 0.99, high: 1.07 }, 'unsure'],
  ] as const)('%o is %s', (interval, verdict) => expect(verdictOf(interval, 0.05)).toBe(verdict))
})

describe('compare of two stored runs', () => {
  const times = (factor: number) => Array.from({ length: 20 }, (_, i) => factor * (10 + 0.1 * ((i * 7) % 5)))
  const stored = async (folder: string, name: string, factor: number): Promise<string> => {
    const path = join(folder, `${name}.json`)
    await writeFile(path, JSON.stringify(someRun({ samples: { spikeward: times(factor) } })))
    return path
  }

  test('exits 1 beyond the bound and 0 within it', async () => {
    const folder = await testFolder()
    const [old, same, slow] = [
      await stored(folder, 'old', 1),
      await stored(folder, 'same', 1.01),
      await stored(folder, 'slow', 1.1),
    ]
    expect((await bench('compare', old, same)).code).toBe(0)
    const { code, out, err } = await bench('compare', old, slow, '--bound', '5%', '--json')
    expect(code).toBe(1)
    expect(err).toMatch(/slower by more than 5.0%/)
    expect(JSON.parse(out)).toMatchObject({
      regression: true,
      comparisons: [{ label: 'spikeward', verdict: 'slower' }],
    })
    expect((await bench('compare', old, slow, '--bound', '0.2')).code).toBe(0)
    expect((await bench('compare', slow, old)).code).toBe(0)
  })

  test('refuses runs of different commands or settings, and names what differs', async () => {
    const folder = await testFolder()
    const write = async (name: string, changes: Parameters<typeof someRun>[0]): Promise<string> => {
      const path = join(folder, `${name}.json`)
      await writeFile(path, JSON.stringify(someRun({ samples: { spikeward: times(1) }, ...changes })))
      return path
    }
    const settings = { backend: 'cpu', widths: [2, 8, 1], time: 16, repeat: 8 }
    const old = await write('old', { settings })
    const table = await bench('compare', old, await write('table', { command: 'table', settings }))
    expect(table.err).toMatch(/bench step and bench table.*\[BENCH_DIFFERENT_RUNS\]/s)
    expect(table.code).toBe(1)
    const wider = await write('wider', { settings: { ...settings, widths: [2, 16, 1], backend: 'native' } })
    const { code, err } = await bench('compare', old, wider)
    expect(err).toMatch(/backend "cpu" and "native"; widths \[2,8,1\] and \[2,16,1\].*\[BENCH_DIFFERENT_RUNS\]/s)
    expect(code).toBe(1)
    // More rounds, and a setting that the older commit did not know.
    const longer = await write('longer', { settings: { ...settings, repeat: 20, later: true } })
    expect((await bench('compare', old, longer)).code).toBe(0)
  })

  test('reports what cannot be compared', async () => {
    const folder = await testFolder()
    const old = await stored(folder, 'old', 1)
    expect(() => compareRuns(someRun(), someRun(), 0.05)).toThrow(/no label/)
    expect((await bench('compare', old)).err).toMatch(/two JSON files or --against/)
    const broken = join(folder, 'broken.json')
    await writeFile(broken, '{"schema": 1}')
    expect((await bench('compare', old, broken)).err).toMatch(/not a stored benchmark: it has no command/)
    expect((await bench('compare', '--against', folder)).err).toMatch(/cannot be timed: it has no apps\/bench/)
  })
})
