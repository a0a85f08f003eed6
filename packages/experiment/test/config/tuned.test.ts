import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { declaredIn, kebabCase } from '@spikeward/core'
import * as problems from '@spikeward/problems'
import {
  equationDefaults,
  operatorDefaults,
  problemDefaults,
  regressionDefaults,
  untunedDefaults,
} from '../../src/tuned.js'
import { tunedForEstimator } from '../../src/config/tunedSettings.js'

const declared = Object.values(declaredIn({ ...problems }, 'problem'))
const namesOf = (kind: string): readonly string[] =>
  declared.flatMap(({ declaration: { name, facts } }) => (facts['kind'] === kind ? [kebabCase(name)] : [])).sort()

describe('tuned settings', () => {
  it.each([
    ['regression', regressionDefaults],
    ['pinn', equationDefaults],
    ['operator', operatorDefaults],
  ])('of kind %s are those of its problems', (kind, table) => expect(Object.keys(table).sort()).toEqual(namesOf(kind)))

  it.each([...Object.entries(problemDefaults), ...Object.entries(untunedDefaults)])(
    'of %s have settings for an estimator that is not named',
    (_, { byEstimator }) => expect(byEstimator['other']).toMatchObject({ steps: expect.any(Number) as number }),
  )
})

test('the tables have at most 500 lines', () => {
  const folder = new URL('../../src/tuned/', import.meta.url)
  const lines = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8').split('\n').length - 1)
  expect(lines.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(500)
})

test('numbers of steps are whole', () => {
  const tables = Object.values(problemDefaults).flatMap(({ byEstimator, networks }) => [
    byEstimator,
    ...Object.values(networks).flatMap((of) => (of.byEstimator === undefined ? [] : [of.byEstimator])),
  ])
  for (const table of tables) for (const { steps } of Object.values(table)) expect(steps % 1).toBe(0)
})

test('an estimator has the settings of its scope, whichever way it is written, and so has its control', () => {
  const hat = problemDefaults['mexican-hat']!
  const settingsOf = (estimator: string, scope?: string) =>
    tunedForEstimator(hat, {}, estimator, scope === undefined ? {} : { declared: { scope } })
  const layerwise = settingsOf('rfg', 'layerwise')
  expect(layerwise.settings['directions']).not.toBe(settingsOf('rfg').settings['directions'])
  for (const text of ['rfg(scope=layerwise)', 'randomSign(rfg(scope=layerwise))'])
    expect(settingsOf(text), text).toEqual(layerwise)
  expect(settingsOf('randomSign(rfg)', 'layerwise')).toEqual(layerwise)
  expect(settingsOf('rfg(scope=global)', 'layerwise')).toEqual(settingsOf('rfg'))
})
