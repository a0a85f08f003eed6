import type { Schedule } from '@spikeward/optim'
import { described } from './checkRecord.js'
import { checkScalar } from './checkTree.js'
import { callPlugin, pluginError } from '../pluginError.js'
import type { Reference } from '../reference.js'

/**
 * A plug-in's schedule, whose rate is checked when it is traced.
 *
 * @throws CLI_PLUGIN
 */
export function guardSchedule(plugin: Reference, made: unknown): Schedule {
  if (typeof made !== 'function')
    throw pluginError(plugin, `the factory gives ${described(made)}, but a function of the step is needed`)
  const inner = made as Schedule
  return (step) => {
    const rate = callPlugin(plugin, 'the schedule', () => inner(step))
    if (typeof rate !== 'number') checkScalar(plugin, 'the rate', rate)
    return rate
  }
}
