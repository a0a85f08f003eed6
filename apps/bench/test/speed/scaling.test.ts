import { describe, expect, test } from 'vitest'
import { type ScalingSettings, cells, measureScaling, range, whySkipped } from '../../src/scaling/measureScaling.js'
import { standard } from '../../src/step/stepSettings.js'

const settings: ScalingSettings = {
  ...standard,
  widths: [2, 8, 8, 1],
  time: 4,
  batch: 16,
  backend: 'reference',
  threads: 1,
  overWidths: [4, 8],
  overTimes: [2],
  overBatches: [8],
  overDirections: [2],
  estimators: ['rfg', 'bp'],
  memoryLimit: 1,
  stepLimit: 10,
  cellSeconds: 0.01,
}
const silent = { out: () => undefined, err: () => undefined }

describe('scaling', () => {
  test('changes one factor at a time; directions are for rfg only', () => {
    const all = cells(settings)
    expect(all).toHaveLength(2 * 2 + 2 * 1 + 2 * 1 + 1)
    expect(all.filter((c) => c.factor === 'directions').every((c) => c.step.estimator === 'rfg')).toBe(true)
    const wide = all.find((c) => c.factor === 'widths' && c.value === 4)
    expect(wide?.step).toMatchObject({ widths: [2, 4, 4, 1], time: 4, batch: 16 })
    expect(range(32, 1024)).toEqual([32, 64, 128, 256, 512, 1024])
  })

  test('measures what fits and lists what does not', async () => {
    const { result, samples } = await measureScaling(settings, silent)
    expect(result.rows.every((r) => r.skipped === null && (r.medianMs ?? 0) > 0)).toBe(true)
    expect(Object.keys(samples)).toHaveLength(result.rows.length)
    const none = await measureScaling({ ...settings, memoryLimit: 1e-9 }, silent)
    expect(none.result.rows.every((r) => r.medianMs === null && /would hold .* GiB/.test(r.skipped ?? ''))).toBe(true)
  })

  test('predicts the cost from the smaller neighbour', () => {
    const limits = { memoryLimit: 1, stepLimit: 2 }
    expect(whySkipped({ peakBytes: 1, flops: 1e9 }, limits, null)).toBeNull()
    expect(whySkipped({ peakBytes: 1, flops: 1e9 }, limits, 1e-6)).toBeNull()
    expect(whySkipped({ peakBytes: 1, flops: 1e10 }, limits, 1e-6)).toMatch(/about 10.0 s, the limit is 2 s/)
  })
})
