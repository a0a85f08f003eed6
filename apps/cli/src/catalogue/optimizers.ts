import { construct } from '@spikeward/core'
import type { Optimizer } from '@spikeward/core'
import type { Schedule } from '@spikeward/optim'
import { usageError } from '../usage/usageError.js'
import { leafOf, resolve } from './make.js'
import { allOptions, appliedTo, decodeValues } from './optionValues.js'
import type { OptionValues } from './optionValues.js'
import { knownFactory } from './things.js'

/** The schedule of a name over the steps of a run: `cosine`, `constant`, `exponentialDecay(factor=0.5, every=1000)`. */
export function makeSchedule(text: string, initial: number, steps: number): Schedule {
  const { name, options } = leafOf('schedule', text)
  const factory = knownFactory('schedule', name)
  const ofRun = Object.entries({ initial, steps }).filter(([option]) => Object.hasOwn(allOptions(factory), option))
  const decoded = decodeValues(factory, { ...Object.fromEntries(ofRun), ...options }, resolve)
  return construct(factory, decoded) as Schedule
}

/** The optimiser of a name at a rate or schedule: `adam`, `adam(b2=0.999)`. An option in parentheses overrides a flag. */
export function makeOptimizer(text: string, rate: number | Schedule, values: OptionValues = {}): Optimizer {
  const { name, options } = leafOf('optimizer', text)
  const factory = knownFactory('optimizer', name)
  if (Object.hasOwn(options, 'rate')) throw usageError('CLI_USAGE', `${name}: the rate is given by --learning-rate`)
  const decoded = decodeValues(factory, { ...appliedTo(factory, values), ...options, rate }, resolve)
  return construct(factory, decoded) as Optimizer
}
