import { declaredIn } from '@spikeward/core'
import { type DeclarationOptions, describeDeclaration } from '@spikeward/testkit'
import { describe, expect, it } from 'vitest'
import { contractRows } from '../../../scripts/lib/contractRows.js'
import * as optim from '../src/index.js'

/** Required arguments of each factory. */
const given: Readonly<Record<string, DeclarationOptions['given']>> = {
  addDecayedWeights: { decay: 0.1 },
  clipByGlobalNorm: { limit: 1 },
  clipByValue: { limit: 1 },
  raiseThresholds: { by: 0.5, steps: 10 },
  scale: { factor: 2 },
  scaleByLearningRate: { rate: 0.1 },
  chain: { transforms: [optim.scale(2), optim.sgd(0.1)] },
  constant: { initial: 0.1 },
  cosineDecay: { initial: 0.1, steps: 10 },
  exponentialDecay: { initial: 0.1, factor: 0.5, every: 10 },
  piecewise: { initial: 0.1, jumps: [[10, 0.01]] },
  warmUp: { steps: 10, then: optim.constant(0.1) },
}

for (const kind of ['transform', 'optimizer', 'schedule'] as const) {
  for (const [name, factory] of Object.entries(declaredIn(optim, kind)))
    describeDeclaration(factory, { given: given[name] ?? (kind === 'optimizer' ? { rate: 0.1 } : {}) })
}

const rows = new Set(contractRows(new URL('.', import.meta.url)).flatMap(({ factories }) => factories))

describe('contract tests', () => {
  it.each((['optimizer', 'transform', 'schedule'] as const).flatMap((kind) => Object.keys(declaredIn(optim, kind))))(
    'have a row for %s',
    (name) => expect(rows).toContain(name),
  )
})
