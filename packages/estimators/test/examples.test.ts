import { describe, expect, it } from 'vitest'
import * as core from '@spikeward/core'
import { spikingLoss } from '@spikeward/testkit'
import { disagreement, documented as documentedIn, examplesOf } from '../../../scripts/test/docstrings.ts'
import * as estimators from '../src/index.js'

const functions = Object.entries(estimators).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
const documented = documentedIn(new URL('../src/', import.meta.url)).filter(({ name }) => functions.includes(name))

/** Those that make an estimator: all estimators and combinators. */
const factories = documented.filter(({ name, signature }) => {
  const value: unknown = (estimators as Readonly<Record<string, unknown>>)[name]
  const { isDeclared } = core
  return isDeclared(value, 'estimator') || isDeclared(value, 'combinator') || /\): Estimator<.*>$/.test(signature)
})

/**
 * The scope of an example: all of core and of this package, and a spiking network of one hidden layer, 13 parameters.
 */
const scope: Readonly<Record<string, unknown>> = { ...core, ...estimators, ...spikingLoss() }

describe('docstrings', () => {
  it('are found for every function that is exported', () => {
    expect(documented.map(({ name }) => name).sort()).toEqual(functions.sort())
    expect(factories.map(({ name }) => name)).toEqual(expect.arrayContaining(['bp', 'mezo', 'perBlock', 'withCosine']))
  })

  it.each(factories.map((f) => [f.name, f] as const))(
    '%s names its equation, cost, bias, variance and source',
    (_name, { text }) => {
      expect(text, 'equation').toMatch(/^.*([ĝδΔ∇].*=|=.*[ĝδΔ∇]).*$/mu)
      expect(text, 'cost').toMatch(/Cost: /)
      expect(text, 'bias').toMatch(/Bias(: | and variance: )/)
      expect(text, 'variance').toMatch(/variance/i)
      expect(text, 'source').toMatch(/^@see \S/m)
    },
  )

  it.each(documented.map((d) => [d.name, d] as const))('the example of %s runs as it says', async (_name, d) => {
    const examples = examplesOf(d)
    expect(examples.length, 'an @example').toBeGreaterThan(0)
    for (const example of examples) expect(await disagreement(example, scope)).toBe('')
  })
})
