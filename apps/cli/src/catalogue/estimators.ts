import type { Estimator, Tensor, TensorLike } from '@spikeward/core'
import { annealed, exactReadout } from '@spikeward/estimators'
import type { Size } from '@spikeward/estimators'
import { cosineDecay } from '@spikeward/optim'
import { guardEstimator } from '../plugins/guardEstimator.js'
import { isExternal } from '../plugins/reference.js'
import { usageError } from '../usage/usageError.js'
import { leavesOf, parseExpression } from './expression.js'
import type { Expression } from './expression.js'
import { factories } from './factories.js'
import { makeThing, makeThingNow } from './make.js'
import type { OptionValues } from './optionValues.js'
import { innerOf, slotsOf } from './slots.js'
import { findThing, knownFactory } from './things.js'
import type { Thing } from './things.js'

/** What else an estimator is made from. */
export type EstimatorHow = {
  /** Whether the readout's gradient is formed exactly beside it. */
  readonly exactReadout: boolean
  /** Steps of the run, for what changes over it. */
  readonly steps: number
}

const read = (text: string): Expression => parseExpression('estimator', text)

/** `annealed` takes functions, which a command line cannot express: it is written with two sizes, and made here. */
const ANNEALED = 'annealed'

/** The expressions of declared factories: this one and those inside it, the outermost first. */
const nodesOf = (e: Expression): Expression[] => [...(e.name === ANNEALED ? [] : [e]), ...innerOf(e).flatMap(nodesOf)]

/** The name of the estimator that a text names innermost, the first where there are several: its defaults are taken. */
export const innermost = (text: string): string => leavesOf(read(text))[0]?.name ?? text

function thingOf({ name }: Expression): Promise<Thing> {
  if (isExternal(name)) return findThing('estimator', name)
  const isCombinator = Object.hasOwn(factories.combinator, name)
  const factory = isCombinator ? knownFactory('combinator', name) : knownFactory('estimator', name)
  return Promise.resolve({ name, factory, plugin: null })
}

/**
 * The factories of a text: the outermost first, each of those inside it after it.
 *
 * @throws CLI_UNKNOWN_NAME, CLI_BAD_VALUE, CLI_PACKAGE, CLI_PLUGIN
 */
export const estimatorThings = (text: string): Promise<readonly Thing[]> =>
  Promise.all(nodesOf(read(text)).map(thingOf))

/** What making goes by. */
type Making = {
  readonly values: OptionValues
  readonly steps: number
  /** A size that changes over the run, in place of the option. */
  readonly size: Size | null
  readonly things: ReadonlyMap<Expression, Thing>
  /** What asynchronous factories of packages made of the values. */
  readonly made: ReadonlyMap<Expression, unknown>
}

const takesSize = (thing: Thing): boolean =>
  thing.factory === null || Object.hasOwn(thing.factory.declaration.options, 'size')

/** From one size down to another over a run. */
function between(from: number, to: number, steps: number): (step: Tensor) => TensorLike {
  if (to > 0 && from >= to) return cosineDecay({ initial: from, steps, floor: to / from })
  throw usageError('CLI_BAD_VALUE', `annealed goes from ${from} to ${to}; give two sizes above 0, the larger one first`)
}

function makeAnnealed(e: Expression, making: Making): Estimator {
  const [inner, from, to, ...more] = e.args
  if (typeof inner !== 'object' || typeof from !== 'number' || typeof to !== 'number' || more.length > 0) {
    throw usageError(
      'CLI_USAGE',
      'annealed wraps an estimator that has a size; write it like annealed(spsa, 0.1, 0.02)',
    )
  }
  const takers = leavesOf(inner).filter((leaf) => takesSize(making.things.get(leaf) as Thing))
  if (takers.length === 0) {
    throw usageError(
      'CLI_USAGE',
      'nothing in annealed has a size that could change; write it like annealed(spsa, 0.1, 0.02)',
    )
  }
  return annealed((size) => make(inner, { ...making, size }), between(from, to, making.steps))
}

function make(e: Expression, making: Making): Estimator {
  if (e.name === ANNEALED) return makeAnnealed(e, making)
  const thing = making.things.get(e) as Thing
  // A size that changes over the run overrides a constant one.
  const size = making.size !== null && takesSize(thing) ? { size: making.size } : {}
  if (thing.plugin !== null) {
    const options = { ...e.options, ...size }
    const isMade = making.made.has(e) && making.size === null
    return guardEstimator(thing.plugin, isMade ? making.made.get(e) : makeThingNow(thing, making.values, options))
  }
  const slots = slotsOf(thing.factory, e)
  const inside = Object.entries(slots.estimators).map(([name, one]) => [name, make(one, making)] as const)
  return makeThingNow(thing, making.values, {
    ...e.options,
    ...size,
    ...slots.numbers,
    ...Object.fromEntries<unknown>(inside),
  }) as Estimator
}

/**
 * The estimator of a name and values by flag, the readout's gradient exact where asked for.
 *
 * @param text `rfg`, `spsa(at=activity)`, `controlVariate(rfg)`, `package#name`; an option in parentheses overrides a
 *   flag
 * @throws CLI_USAGE where the estimator forms the readout's gradient exactly by itself; CLI_UNKNOWN_NAME, CLI_BAD_VALUE,
 *   CLI_PACKAGE, CLI_PLUGIN; those of the factories
 */
export async function makeEstimator(text: string, values: OptionValues, how: EstimatorHow): Promise<Estimator> {
  const whole = read(text)
  const things = new Map<Expression, Thing>()
  const made = new Map<Expression, unknown>()
  for (const node of nodesOf(whole)) {
    const thing = await thingOf(node)
    things.set(node, thing)
    if (thing.plugin === null) continue
    if (node.args.length > 0)
      throw usageError('CLI_USAGE', `${node.name} takes options, such as (name=4), and nothing else`)
    made.set(node, await makeThing(thing, values, node.options))
  }
  const estimator = make(whole, { values, steps: how.steps, size: null, things, made })
  if (!how.exactReadout) return estimator
  const own = [...things.values()].find(({ factory }) => factory?.declaration.facts['formsReadout'] === true)
  if (own === undefined) return exactReadout(estimator)
  throw usageError('CLI_USAGE', `${own.name} forms the readout's gradient exactly by itself; leave --exact-readout out`)
}
