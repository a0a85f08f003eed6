import { type EstimatorFacts, declaredIn } from '@spikeward/core'
import { type DeclarationOptions, describeDeclaration } from '@spikeward/testkit'
import { describe, expect, it } from 'vitest'
import { contractRows } from '../../../scripts/lib/contractRows.js'
import * as estimators from '../src/index.js'

const { rfg, bp, eligibility } = estimators

/** Required arguments of each factory. */
const given: Readonly<Record<string, DeclarationOptions['given']>> = {
  annealed: { make: (size: number) => estimators.spsa({ size }), schedule: () => 0.1 },
  perBlock: { parts: { layers: rfg(), readout: bp() } },
  antithetic: { inner: rfg() },
  average: { count: 2, inner: rfg() },
  beside: { sited: eligibility(), rest: rfg() },
  controlVariate: { inner: rfg() },
  exactReadout: { inner: rfg() },
  mix: { first: rfg(), second: bp(), weight: 0.5 },
  normalise: { inner: rfg() },
  randomSign: { inner: rfg() },
  orthogonal: { inner: rfg() },
  targetRate: { inner: rfg(), rate: 0.1 },
  withCosine: { inner: rfg() },
}

for (const kind of ['estimator', 'combinator', 'distribution'] as const) {
  for (const [name, factory] of Object.entries(declaredIn(estimators, kind))) {
    describeDeclaration(factory, { given: given[name] ?? {} })
  }
}

/** Every fact, with a value of its type. */
const example: EstimatorFacts = {
  estimate: 'g',
  cost: '3',
  bias: 'none',
  variance: '0',
  use: 'a reference',
  plainly: 'It runs backwards.',
  loss: 'any',
  needs: 'jvp',
  unbiased: true,
  reverseOverTime: false,
  reverseOverLayers: false,
  weightTransport: 'none',
  local: 'a scalar for all weights',
  memoryInTime: 'constant',
  formsReadout: false,
}

describe('facts', () => {
  it.each(Object.entries(declaredIn(estimators, 'estimator')))(
    'of %s are complete and those of what it makes',
    (_, factory) => {
      const { facts } = factory.declaration
      expect(facts['plainly']).toMatch(/^[A-Z][^∇θλK()]*\.$/)
      const { withoutTransport, ...others } = facts
      expect(Object.keys(others).sort()).toEqual(Object.keys(example).sort())
      // An estimator that transports weights names the variant that does not.
      expect(withoutTransport !== undefined).toBe(facts['weightTransport'] !== 'none')
      const { needs, unbiased } = (factory as unknown as typeof rfg)()
      expect({ needs, unbiased }).toEqual({ needs: facts['needs'], unbiased: facts['unbiased'] })
    },
  )
})

const rows = new Set(contractRows(new URL('.', import.meta.url)).flatMap(({ factories }) => factories))

describe('contract tests', () => {
  it.each((['estimator', 'combinator'] as const).flatMap((kind) => Object.keys(declaredIn(estimators, kind))))(
    'have a row for %s',
    (name) => expect(rows).toContain(name),
  )
})
