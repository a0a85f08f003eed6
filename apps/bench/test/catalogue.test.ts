/** The benchmarks offer what the packages declare, and measure the steps that stored runs name. */
import { declaredIn } from '@spikeward/core'
import * as estimatorPackage from '@spikeward/estimators'
import * as neuronPackage from '@spikeward/neurons'
import { describe, expect, test } from 'vitest'
import { estimatorNames, hasDirections, makeEstimator, namesOf, surrogateOf } from '../src/catalogue.js'
import { names } from '../src/argumentParsers.js'
import { trainNames } from '../src/accuracy/trainNames.js'
import { runBench } from '../src/program.js'
import { estimatorOfStep, sharpnessOf, standard } from '../src/step/stepSettings.js'
import { type Trainer, learnerFor, trainers } from '../src/training/trainers.js'

const { bp, rfg, spsa, sphereDistribution } = estimatorPackage

test('every declared estimator is a choice of every benchmark', () => {
  const declared = Object.keys(declaredIn({ ...estimatorPackage }, 'estimator'))
  expect(estimatorNames).toEqual(expect.arrayContaining(declared))
})

test.each(estimatorNames)('%s is made', (name) => {
  expect(makeEstimator(name).name).toContain(name.split('/')[0])
})

test('every surrogate that needs no more than options is a choice', () => {
  const declared = Object.values(declaredIn({ ...neuronPackage }, 'surrogate'))
  const needy = declared.filter(({ declaration: { options } }) =>
    Object.values(options).some(({ presence }) => presence === 'required'),
  )
  expect(namesOf('surrogate').length).toBe(declared.length - needy.length)
  for (const name of namesOf('surrogate')) expect(surrogateOf(name).slope).toBeTypeOf('function')
})

describe('the steps of stored runs', () => {
  const directed = { ...standard, scope: 'layerwise', directions: 8, distribution: 'sphere' }
  const options = { directions: 8, distribution: sphereDistribution }

  test.each([
    ['rfg', rfg({ ...options, scope: 'layerwise' })],
    ['spsa', spsa(options)],
    ['bp', bp()],
    ['bp/checkpoint', bp({ checkpoint: true })],
  ])('%s has the options that its step names', (estimator, expected) => {
    const { name, needs, unbiased } = estimatorOfStep({ ...directed, estimator })
    expect({ name, needs, unbiased }).toEqual({
      name: expected.name,
      needs: expected.needs,
      unbiased: expected.unbiased,
    })
  })

  test('directions belong to estimators that declare them', () => {
    expect(['rfg', 'spsa', 'rfg/layerwise'].every(hasDirections)).toBe(true)
    expect(['bp', 'eligibility', 'bp/checkpoint', 'feedback'].some(hasDirections)).toBe(false)
  })

  test('peers receive the sharpness that the library has by default', () => {
    const sharpness = Object.entries({
      ...{ atan: 2, sigmoid: 25, fastSigmoid: 25, gaussian: 0.4, triangular: 1, boxcar: 1 },
      straightThrough: null,
    })
    for (const [name, alpha] of sharpness) expect(sharpnessOf(name)).toBe(alpha)
  })
})

test.each(Object.entries<Trainer>(trainers))('the trainer %s is made of declared factories', (name, trainer) => {
  const { estimator, optimizer } = learnerFor(trainer, 10)
  expect(estimator.name).toContain(name)
  expect(optimizer.init).toBeTypeOf('function')
})

test.each([
  [['step', '--estimator', 'rgf'], /"rgf" is not one of .*rfg/],
  [['step', '--directions', '0'], /directions is 0; it must be a whole number of at least 1/],
  [['step', '--scope', 'all'], /scope is all; it must be one of global, layerwise/],
  [['step', '--beta', '1.5'], /beta is 1\.5; it must be .*1/],
  [['accuracy', '--problems', 'mexican-hat,hat'], /"hat" is not one of .*mexican-hat/],
  [['accuracy', '--estimators', 'rfg/layerwise,rgf(directions=2)'], /"rgf\(directions=2\)" is not one of .*rfg/],
  [['accuracy', '--backends', 'nativ'], /"nativ" is not one of .*native/],
  [['search', '--problem', 'hat'], /"hat" is not one of .*mexican-hat/],
])('%j is refused', async (args, message) => {
  let err = ''
  const code = await runBench(args, { out: () => undefined, err: (text) => (err += text) })
  expect(err).toMatch(message)
  expect(code).toBe(2)
})

test.each<readonly [Parameters<typeof trainNames>[0], string]>([
  ['problem', 'mexican-hat,poisson-1d,own,table,./plate.json,./mine.ts#hill,my-package#hill(steep=2)'],
  ['estimator', 'rfg/layerwise,controlVariate(rfg(scope=layerwise),feedback),./mine.ts#mine'],
  ['backend', 'auto,cpu,native(instructionSet=avx2)'],
])('a cell may name the %s in %s', (kind, text) => {
  expect(trainNames(kind)(text)).toEqual(names(text))
})

test.each([
  ['rfg,bp', ['rfg', 'bp']],
  ['rfg/layerwise,,', ['rfg/layerwise']],
  [
    'controlVariate(rfg(scope=layerwise),feedback(rate=1)),bp',
    ['controlVariate(rfg(scope=layerwise),feedback(rate=1))', 'bp'],
  ],
  ['', []],
])('%j is a list of names, separated by commas outside of parentheses', (text, expected) => {
  expect(names(text)).toEqual(expected)
})
