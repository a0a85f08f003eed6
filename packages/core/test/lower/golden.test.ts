import { describe, expect, it } from 'vitest'
import { lower } from '../../src/lower/lower.js'
import { printPlan } from '../../src/plan/printPlan.js'
import { traced } from './harness.js'
import { cases } from './programs.js'

const telling = [
  'pointwise chain',
  'broadcast, transpose, slice, flip',
  'reshape that splits',
  'reduce with producers',
  'softmax',
  'assemble',
  'outputs that are inputs, literals and twice the same',
  'products',
  'scan with a constant, a schedule, an unread sequence',
  'scan, reversed, with a coordinate of time',
  'scan whose mean over time is taken',
  'recurrent scan',
  'scan in a scan',
  'spiking network',
  'spiking network, jvp',
  'spiking network, three directions',
  'network in chunks of time, three directions',
  'random directions',
]

describe('printPlan', () => {
  it.each(telling)('%s', async (name) => {
    const { fn, args } = cases.find((c) => c.name === name)!
    const plan = lower(traced(fn, ...args).program)
    await expect(`${printPlan(plan)}\n`).toMatchFileSnapshot(`golden/${name.replace(/\W+/g, '-')}.txt`)
  })
})
