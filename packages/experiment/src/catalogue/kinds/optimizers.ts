import type { Optimizer } from '@spikeward/core'
import type { Schedule } from '@spikeward/optim'
import { usageError } from '../../usage/usageError.js'
import type { Expression } from '../notation/expression.js'
import { loadNest, makeAhead, makeNode, nestings } from '../notation/nested.js'
import type { OptionValues } from '../optionValues.js'

const { schedule: schedules, optimizer: optimizers } = nestings

/**
 * The schedule of a name over the steps of a run: `cosine`, `constant`, `exponentialDecay(factor=0.5, every=1000)`,
 * `package#name`. It receives the first rate as `initial` and the steps of the run as `steps`, if it has these options.
 */
export async function makeSchedule(text: string, initial: number, steps: number): Promise<Schedule> {
  const nest = await loadNest(text, schedules)
  const ahead = await makeAhead(nest, schedules, {}, { initial, steps })
  /**
   * @param left steps that are left for the schedule: `warmUp(100, cosine)` leaves 100 fewer for the schedule behind the rise
   */
  const make = (e: Expression, left: number): unknown => {
    const [own] = e.args.filter((a) => typeof a === 'number')
    const ofRun = { initial, ...(Object.hasOwn(e.options, 'steps') || own !== undefined ? {} : { steps: left }) }
    const inside = (one: Expression): unknown => make(one, Math.max(1, left - (own ?? 0)))
    return ahead.get(e) ?? makeNode(e, nest, schedules, {}, ofRun, inside)
  }
  return make(nest.whole, steps) as Schedule
}

/**
 * The optimiser of a name at a rate or schedule: `adam`, `adam(b2=0.999)`, `chain(clipByGlobalNorm(1), adam)`,
 * `package#name`. An option in parentheses overrides a flag.
 */
export async function makeOptimizer(
  text: string,
  rate: number | Schedule,
  values: OptionValues = {},
): Promise<Optimizer> {
  const nest = await loadNest(text, optimizers, values)
  for (const { name, options } of nest.factories.keys())
    if (Object.hasOwn(options, 'rate')) throw usageError('CLI_USAGE', `${name}: set the rate by --learning-rate`)
  const ahead = await makeAhead(nest, optimizers, values, { rate })
  const make = (e: Expression): unknown => ahead.get(e) ?? makeNode(e, nest, optimizers, values, { rate }, make)
  return make(nest.whole) as Optimizer
}
