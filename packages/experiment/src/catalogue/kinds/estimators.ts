import type { Estimator, Tensor, TensorLike } from '@spikeward/core'
import { type Size, annealed, exactReadout } from '@spikeward/estimators'
import { cosineDecay } from '@spikeward/optim'
import { usageError } from '../../usage/usageError.js'
import { type Expression, leavesOf, parseExpression } from '../notation/expression.js'
import { ANNEALED } from '../factories.js'
import { type Nest, loadNest, makeAhead, makeNode, nestings } from '../notation/nested.js'
import type { OptionValues } from '../optionValues.js'
import type { NamedFactory } from '../make.js'

export type EstimatorHow = {
  /** Whether the readout's gradient is formed exactly next to the estimator. */
  readonly exactReadout: boolean
  /** Steps of the run, for sizes that change over it. */
  readonly steps: number
}

const { estimator: nesting } = nestings

/** The name of the innermost estimator of a text, the first if there are several: its defaults apply. */
export const innermost = (text: string): string => leavesOf(parseExpression('estimator', text))[0]?.name ?? text

type Making = {
  readonly nest: Nest
  readonly values: OptionValues
  readonly steps: number
  /** A size that changes over the run and replaces the option. */
  readonly size: Size | null
  /** The results of asynchronous factories of packages. */
  readonly made: ReadonlyMap<Expression, unknown>
}

const takesSize = (entry: NamedFactory): boolean =>
  entry.factory === null || Object.hasOwn(entry.factory.declaration.options, 'size')

function between(from: number, to: number, steps: number): (step: Tensor) => TensorLike {
  if (to > 0 && from >= to) return cosineDecay({ initial: from, steps, floor: to / from })
  throw usageError(
    'CLI_BAD_VALUE',
    `annealed was given the sizes ${from} and ${to}; give two sizes above 0, the larger one first`,
  )
}

/** `annealed` takes functions, which a command line cannot express: it is written with two sizes and made here. */
function makeAnnealed(e: Expression, making: Making): Estimator {
  const [inner, from, to, ...more] = e.args
  if (typeof inner !== 'object' || typeof from !== 'number' || typeof to !== 'number' || more.length > 0)
    throw usageError(
      'CLI_USAGE',
      'annealed wraps an estimator that has a size; write it like annealed(spsa, 0.1, 0.02)',
    )
  const takers = leavesOf(inner).filter((leaf) => takesSize(making.nest.factories.get(leaf) as NamedFactory))
  if (takers.length === 0)
    throw usageError('CLI_USAGE', 'no estimator inside annealed has a size; write it like annealed(spsa, 0.1, 0.02)')
  return annealed((size) => make(inner, { ...making, size }), between(from, to, making.steps))
}

function make(e: Expression, making: Making): Estimator {
  if (e.name === ANNEALED) return makeAnnealed(e, making)
  const { nest, values, size, made } = making
  if (made.has(e) && size === null) return made.get(e) as Estimator
  // A size that changes over the run overrides a constant one.
  const ofSize = size !== null && takesSize(nest.factories.get(e) as NamedFactory) ? { size } : {}
  return makeNode(e, nest, nesting, values, ofSize, (one) => make(one, making)) as Estimator
}

/**
 * The estimator of a name and values by flag, with the readout's gradient exact if requested.
 *
 * @param text `rfg`, `spsa(at=activity)`, `controlVariate(rfg)`, `package#name`; an option in parentheses overrides a
 *   flag
 * @throws CLI_USAGE if the estimator forms the readout's gradient exactly by itself; CLI_UNKNOWN_NAME, CLI_BAD_VALUE,
 *   CLI_PACKAGE, CLI_PLUGIN; those of the factories
 */
export async function makeEstimator(text: string, values: OptionValues, how: EstimatorHow): Promise<Estimator> {
  const nest = await loadNest(text, nesting, values)
  const ahead = await makeAhead(nest, nesting, values)
  const estimator = make(nest.whole, { nest, values, steps: how.steps, size: null, made: ahead })
  if (!how.exactReadout) return estimator
  const own = [...nest.factories.values()].find(({ factory }) => factory?.declaration.facts['formsReadout'] === true)
  if (own === undefined) return exactReadout(estimator)
  throw usageError('CLI_USAGE', `${own.name} forms the readout's gradient exactly by itself; leave out --exact-readout`)
}
