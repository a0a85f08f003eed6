/** A summary is taken for a result only if it has what the type promises. */
import { expect, it } from 'vitest'
import { isResult } from '../../src/index.js'

const baselines = { untrained: 0.1, linear: null, kernel: null, dense: null, randomSign: null }
const summary = {
  ...{ run: 'r', problem: 'p', estimator: 'e', backend: 'b', relativeL2: 0.1, relativeL2Pooled: null },
  ...{ steps: 1, seconds: 1, forwardEquivalents: 1, peakBytes: 1, figures: ['loss.svg'] },
  baselines,
  baselineFacts: { linear: { rows: 2, of: 2 }, kernel: null, dense: null, randomSign: null },
}

it('a summary with every field is a result, and keeps more fields', () => {
  expect([isResult(summary), isResult({ ...summary, residual: null, parameters: 3, besides: {} })]).toEqual([
    true,
    true,
  ])
})

it.each([
  ['baselines', undefined],
  ['baselines', {}],
  ['baselines', { ...baselines, untrained: undefined }],
  ['baselines', { ...baselines, kernel: '0.1' }],
  ['baselines', { ...baselines, echoState: 'none' }],
  ['baselineFacts', undefined],
  ['baselineFacts', { linear: null, kernel: 1, dense: null, randomSign: null }],
  ['figures', [1]],
  ['steps', '1'],
  ['parameters', null],
  ['coefficients', { D: 'x' }],
  ['lastSolve', { penalty: 1 }],
  ['rollout', {}],
])('one with %s %j is none', (name, value) => expect(isResult({ ...summary, [name]: value })).toBe(false))
