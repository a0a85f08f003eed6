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

test('numbers of steps are whole', () => {
  const tables = Object.values(problemDefaults).flatMap(({ byEstimator, networks }) => [
    byEstimator,
    ...Object.values(networks).flatMap((of) => (of.byEstimator === undefined ? [] : [of.byEstimator])),
  ])
  for (const table of tables) for (const { steps } of Object.values(table)) expect(steps % 1).toBe(0)
})
