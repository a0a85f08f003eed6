import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { activityOf, diagnose, isFarBelow, isLearning, relevant } from '@spikeward/experiment'
import type { Finding, RunActivity } from '@spikeward/experiment'
import { run } from '../fakeIo.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-diagnosis-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const place = (name: string): string => join(folder, name)

/** A layer of neurons with these rates, over 10 steps and 2 samples. */
const layer = (...rates: readonly number[]) => {
  const n = rates.length
  const spikes = Float32Array.from({ length: 20 * n }, (_, i) => (Math.floor(i / n) < 20 * rates[i % n]! ? 1 : 0))
  return activityOf({ name: 'layer 1', time: 10, samples: 2, neurons: n, spikes, membranes: null })
}
const activity = (step: number, tangent: number | null, ...rates: readonly number[]): RunActivity => ({
  step,
  layers: [layer(...rates)],
  tangent,
})

describe('a diagnosis', () => {
  const first = activity(0, 1, 0.1, 0.2, 0.3, 0.4)
  const codes = (now: RunActivity): readonly string[] => diagnose(first, now).map(({ code }) => code)

  test('counts rates, silent and saturated neurons', () => {
    const { rates, mean, silent, saturated } = layer(0, 0.5, 1, 1)
    expect([...rates].map((r) => Number(r.toFixed(6)))).toEqual([0, 0.5, 1, 1])
    expect(mean).toBeCloseTo(0.625, 10)
    expect([silent, saturated]).toEqual([1, 2])
  })

  test.each<[string, RunActivity, readonly string[]]>([
    ['nothing of a healthy run', activity(200, 1, 0.1, 0.25, 0.3, 0.5), []],
    ['silent layers', activity(200, 1, 0, 0, 0, 0), ['silent']],
    ['saturated layers', activity(200, 1, 1, 1, 1, 1), ['saturated']],
    ['rates that never move', activity(200, 1, 0.1, 0.2, 0.3, 0.4), ['stuck']],
    ['no stuck rates early in a run', activity(99, 1, 0.1, 0.2, 0.3, 0.4), []],
    ['tangents that explode', activity(200, 1e6, 0.1, 0.25, 0.3, 0.5), ['exploding']],
    ['tangents that are not finite', activity(200, Number.NaN, 0.1, 0.25, 0.3, 0.5), ['exploding']],
    ['no tangents where a loss has none', activity(200, null, 0.1, 0.25, 0.3, 0.5), []],
  ])('finds %s', (_, now, expected) => {
    expect(codes(now)).toEqual(expected)
    for (const { what, remedy } of diagnose(first, now)) expect([what, remedy].every((s) => s.length > 20)).toBe(true)
  })
})

const tiny = ['--backend', 'reference', '--hidden', '5', '--time', '4', '--batch', '8', '--steps', '8']
const few = ['--train', '16', '--validation', '8', '--test', '9', '--no-figures']

describe('train', () => {
  test('diagnoses a silent layer while it trains, and in the summary with the remedy', async () => {
    const args = [
      'train',
      'parabola',
      ...tiny,
      ...few,
      '--threshold',
      '1000',
      '--log',
      'tensorboard',
      '--out',
      place('silent'),
    ]
    const { code, err } = await run(...args)
    expect(code).toBe(0)
    expect(err).toMatch(
      /diagnosis: step \d, layer 1: 5 of 5 neurons never fire on the validation inputs; lower --threshold/,
    )
    const { diagnosis } = JSON.parse(readFileSync(join(place('silent'), 'summary.json'), 'utf8')) as {
      diagnosis: {
        rates: Record<string, number>
        tangent: number
        findings: { code: string; where: string; remedy: string }[]
      }
    }
    expect(diagnosis.rates).toEqual({ 'layer 1': 0 })
    expect(diagnosis.findings.map(({ code: c, where }) => [c, where])).toEqual([['silent', 'layer 1']])
    const [file = ''] = readdirSync(join(place('silent'), 'tensorboard'))
    expect(file).toMatch(/^events\.out\.tfevents\./)
    const bytes = readFileSync(join(place('silent'), 'tensorboard', file), 'latin1')
    for (const name of ['loss/training', 'error/validation relative L2', 'firing rate/layer 1', 'tangent/relative']) {
      expect(bytes).toContain(name)
    }
  })

  test('gives a hint once, and none about the surrogate to a run far below its ridge baseline', async () => {
    const { code, err } = await run(
      'train',
      'parabola',
      ...['--backend', 'reference', '--hidden', '5', '--time', '4', '--batch', '8', '--steps', '120'],
      ...few,
      ...['--learning-rate', '1e-30', '--readout-solve', '0', '--estimator', 'bp', '--out', place('stuck')],
    )
    expect(code).toBe(0)
    expect(err.match(/no neuron has changed its rate/g)).toHaveLength(1)
    const all = (['stuck', 'exploding', 'silent'] as const).map((of): Finding => {
      return { code: of, where: 'layer 1', step: 1, what: '', remedy: '' }
    })
    expect(relevant(all, isFarBelow(0.02, 0.06)).map((f) => f.code)).toEqual(['silent'])
    expect(relevant(all, isFarBelow(0.04, 0.06))).toEqual(all)
    expect(relevant(all, isFarBelow(0.02, null))).toEqual(all)
    expect(relevant(all, isLearning(0.5, 0.1)).map((f) => f.code)).toEqual(['silent'])
    expect(relevant(all, isLearning(0.5, 0.49))).toEqual(all)
  })

  test('finds nothing in a healthy run, and --force replaces a run with event files', async () => {
    const { code, out, err } = await run(
      'train',
      'parabola',
      ...tiny,
      ...few,
      '--out',
      place('silent'),
      '--force',
      '--json',
    )
    expect(code).toBe(0)
    expect(err).not.toMatch(/diagnosis/)
    expect(JSON.parse(out)).not.toHaveProperty('diagnosis')
    const { diagnosis } = JSON.parse(readFileSync(join(place('silent'), 'summary.json'), 'utf8')) as {
      diagnosis: { rates: Record<string, number>; tangent: number; findings: unknown[] }
    }
    expect(diagnosis.findings).toEqual([])
    expect(diagnosis.rates['layer 1']).toBeGreaterThan(0)
    expect(diagnosis.tangent).toBeGreaterThan(0)
  })
})
