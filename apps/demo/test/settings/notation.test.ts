/** Names with options, as tuned settings and programs write them. */
import { describe, expect, it } from 'vitest'
import { namesIn } from '../../src/settings/equationPart.js'
import { call, entryFor } from '../../src/settings/notation.js'
import { wholeCatalogue } from '../../src/worker/later.js'

describe('the names in a tuned setting', () => {
  it('have options that are numbers and words', () => {
    expect(namesIn('')).toEqual([])
    expect(namesIn('rad(every=5), causal()')).toEqual([
      { name: 'rad', options: { every: '5' } },
      { name: 'causal', options: {} },
    ])
    expect(namesIn('stencil(accuracy=4, step=0.003:0.01)')).toEqual([
      { name: 'stencil', options: { accuracy: '4', step: '0.003:0.01' } },
    ])
  })

  it.each([
    'rad(of=[1, 2])',
    'rad(of=rfg(directions=8))',
    'rad(every)',
    'rad(every=5',
    'rad, ',
    'rad causal',
    'rad(every=5,)',
  ])('are not read in part: %s', (text) => expect(() => namesIn(text)).toThrow('DEMO_NOTATION'))
})

describe('a call in a program', () => {
  const stencil = entryFor(wholeCatalogue.derivatives, 'stencil')
  it.each([
    [{}, [], 'stencilDerivatives()'],
    [{}, ['step: h', 'key'], 'stencilDerivatives({ step: h, key })'],
    [{ accuracy: '4', step: '0.1:0.2' }, [], 'stencilDerivatives({ accuracy: 4, step: [0.1, 0.2] })'],
    [{ accuracy: '4' }, ['step: h'], 'stencilDerivatives({ accuracy: 4, step: h })'],
  ] as const)('has options, and further ones as code: %j %j', (options, more, text) => {
    expect(call(stencil, options, wholeCatalogue, more).text).toBe(text)
  })
})
