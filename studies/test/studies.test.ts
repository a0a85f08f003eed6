import { expect, it } from 'vitest'
import { referenceBackend } from '@spikeward/core'
import { bp, eligibility, rfg } from '@spikeward/estimators'
import { cosinesAlong } from '../src/cosines.js'
import { assemble, temporaryFolder } from '../src/tools.js'
import { jumpingSeries, operationsOf, relative, samplesUntil } from '../src/jump.js'
import { native } from '@spikeward/backend-native'
import { mackeyGlass } from '@spikeward/problems'
import { forecasters, LENGTH, smape } from '../src/mackeyGlass.js'
import { keptParts, pages } from '../src/stored.js'
import { studies } from '../src/studies.js'

it('one hidden layer: traces point along the gradient, one random direction hardly', async () => {
  const backend = referenceBackend()
  const study = { backend }
  const { parts } = await assemble(study, 'mexican-hat', { hidden: [6], batch: 8, time: 4, backend: 'reference' })
  const training = { steps: 3, window: 2, rate: 1e-2 }
  const of = (e: Parameters<typeof cosinesAlong>[0]) => cosinesAlong(e, parts.experiment.task, training, 1, backend)
  expect((await of(eligibility())).cosine).toBeCloseTo(1, 4)
  expect(await of(bp())).toMatchObject({ passes: 3, parameters: 25 })
  expect((await of(rfg())).cosine).toBeLessThan(0.9)
})

it('the series before the jump is that without one, and another after it', async () => {
  const [jumps, stays] = [await jumpingSeries(400, 200, [23, 17], 5), await jumpingSeries(400, 400, [23, 17], 5)]
  expect(jumps.slice(0, 200)).toEqual(stays.slice(0, 200))
  expect(Math.abs(jumps[260]! - stays[260]!)).toBeGreaterThan(0.01)
})

it('counts samples from the jump until errors are small over 500 of them', () => {
  const series = Float64Array.from({ length: 4000 }, (_, t) => t)
  // The last value errs by 6; the errors are 3 for 700 samples after the jump at 1000, and 0.6 else.
  const errors = Float64Array.from({ length: 4000 }, (_, t) => (t >= 1000 && t < 1700 ? 3 : 0.6))
  expect(relative(errors, series, 500, 1000)).toBeCloseTo(0.1, 12)
  expect(samplesUntil(0.11, errors, series, 1000)).toBe(1200)
  expect(samplesUntil(0.09, errors, series, 1000)).toBe(null)
})

it('a window of 16 rows takes more than ten times the multiplications of traces', () => {
  // One pass: 8 · 128 + 128² + 128 + 8.
  expect(operationsOf({ way: 'learn', rate: 1, momentum: 0 })).toBe(4 * 17_544 + 128)
  const bp = operationsOf({ way: 'bp', window: 16, rate: 1 })
  expect(bp).toBe(19 * 17_544 + 16 * (17_544 + 128 * 128 + 128))
  expect(bp / operationsOf({ way: 'learn', rate: 1, momentum: 0 })).toBeGreaterThan(10)
})

it('measures as NeuroBench does', () => {
  expect(smape([1, 3], [1, 1])).toBeCloseTo(50, 12)
  expect(smape([NaN, 1], [1, 1])).toBe(200)
})

it('every forecaster beats persistence on one window', async () => {
  const backend = await native({ threads: 1 })
  const series = mackeyGlass(2 * LENGTH + 1)
  const errors: number[] = []
  for (const one of forecasters) {
    const { values } = await one.forecast(one.settings[0]!, series.slice(0, LENGTH + 1), 1, backend)
    errors.push(smape(values, series.subarray(LENGTH + 1)))
  }
  const [persistence, ...others] = errors
  for (const error of others) expect(error).toBeLessThan(0.8 * persistence!)
  await backend[Symbol.asyncDispose]()
})

it('pages show the stored results of studies, and each stored result is on a page', async () => {
  // If this fails: npm run study -- docs
  for (const { path, was, is } of await pages(studies)) expect(was, path).toBe(is)
})

it('studies have names of their own', () => {
  expect(new Set(studies.map(({ name }) => name)).size).toBe(studies.length)
})

it('a stored run computes the parts that an earlier run of its commit ended only once', async () => {
  await using folder = await temporaryFolder('parts')
  const at = (commit: string, dirty = false) => keptParts('waves', folder.path, { commit, dirty })
  let runs = 0
  const compute = async () => ({ runs: ++runs })
  expect(await at('a').part('key 1', compute)).toEqual({ runs: 1 })
  const again = at('a')
  expect(await again.part('key 1', compute)).toEqual({ runs: 1 })
  expect(again.seconds()).toBeGreaterThan(0)
  expect(await at('a').part('key 2', compute)).toEqual({ runs: 2 })
  expect(await at('b').part('key 1', compute)).toEqual({ runs: 3 })
  expect(await at('a', true).part('key 1', compute)).toEqual({ runs: 4 })
})
