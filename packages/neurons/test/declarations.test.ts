import { declaredIn, key, tensor } from '@spikeward/core'
import { type DeclarationOptions, describeDeclaration } from '@spikeward/testkit'
import { describe, expect, it } from 'vitest'
import { contractRows } from '../../../scripts/lib/contractRows.js'
import * as neurons from '../src/index.js'

const x = tensor([0.2, 0.7])

/** Required arguments of each factory. */
const given: Readonly<Record<string, DeclarationOptions['given']>> = {
  recurrent: { model: neurons.leakyIntegrateAndFire() },
  winners: { model: neurons.leakyIntegrateAndFire(), count: 2 },
  steinMonteCarlo: { key: key(0) },
  constantCurrent: { x, steps: 4 },
  rateEncoding: { key: key(0), x, steps: 4 },
  latencyEncoding: { x, steps: 4 },
  deltaEncoding: { x },
  triangularEncoding: { x, steps: 4 },
  gaussianReceptiveFields: { x, units: 3 },
  populationEncoding: { x, units: 3, steps: 4 },
  snnTorchLeaky: { beta: 0.9 },
  snnTorchSynaptic: { alpha: 0.8, beta: 0.9 },
}

for (const kind of ['neuron', 'surrogate', 'encoder', 'readout', 'convention', 'reset'] as const) {
  for (const [name, factory] of Object.entries(declaredIn(neurons, kind)))
    describeDeclaration(factory, { given: given[name] ?? {} })
}

const rows = new Set(contractRows(new URL('.', import.meta.url)).flatMap(({ factories }) => factories))

describe('contract tests', () => {
  it.each((['neuron', 'surrogate', 'convention'] as const).flatMap((kind) => Object.keys(declaredIn(neurons, kind))))(
    'have a row for %s',
    (name) => expect(rows).toContain(name),
  )
})
