/**
 * Makes the parts of a run on a function of points from their names, for a page that trains at once: it loads a third
 * of `@spikeward/experiment`, without files, packages, equations and operators.
 *
 * @module points
 */
import { construct, declaredIn, kebabCase, onlyDeclared } from '@spikeward/core'
import type {
  Declared,
  Estimator,
  Kind,
  Network,
  NeuronModel,
  Optimizer,
  RegressionProblem,
  Resolve,
  Surrogate,
  Variables,
} from '@spikeward/core'
import * as estimators from '@spikeward/estimators/points'
import * as neurons from '@spikeward/neurons'
import { type SpikingMlp, spikingMlp, standardise } from '@spikeward/operators'
import * as optim from '@spikeward/optim'
import * as problems from '@spikeward/problems/regression'
import { type Task, regressionTask } from '@spikeward/train'
import { unitsOfLoss } from './assembly/unitsOfLoss.js'
import { parseExpression } from './catalogue/notation/expression.js'
import { decodeValues } from './catalogue/optionValues.js'
import { pick, usageError } from './usage/usageError.js'

/** The factories of functions of points, by kind and declared name. */
export const pointFactories = {
  problem: declaredIn({ ...problems }, 'problem'),
  neuron: declaredIn({ ...neurons }, 'neuron'),
  surrogate: declaredIn({ ...neurons }, 'surrogate'),
  estimator: declaredIn({ ...estimators }, 'estimator'),
  optimizer: declaredIn({ ...optim }, 'optimizer'),
  schedule: declaredIn({ ...optim }, 'schedule'),
  distribution: declaredIn({ ...estimators }, 'distribution'),
} as const satisfies Partial<Record<Kind, Readonly<Record<string, Declared<object>>>>>

/** A kind of these factories. */
export type PointKind = keyof typeof pointFactories

const isKnown = (kind: Kind): kind is PointKind => Object.hasOwn(pointFactories, kind)

const resolve: Resolve = (kind, text) => {
  if (isKnown(kind)) return makePoint(kind, text)
  throw usageError('CLI_BAD_VALUE', `a ${kind} cannot be named here; leave out the option`)
}

/**
 * Calls the factory that a text names with its options, such as `atan(alpha=4)` or `rfg(directions=8)`.
 *
 * @param supplies arguments that a run supplies, such as the rate of an optimiser; those that the factory lacks are left
 *   out
 * @throws CLI_UNKNOWN_NAME; CLI_BAD_VALUE; UNKNOWN_OPTION; INVALID_OPTION
 * @example makePoint('surrogate', 'atan(alpha=4)')
 */
export function makePoint(kind: PointKind, text: string, supplies: Readonly<Record<string, unknown>> = {}): unknown {
  const { name, options, args } = parseExpression(kind, text)
  if (args.length > 0) throw usageError('CLI_USAGE', `${name} takes only options here, such as ${name}(name=value)`)
  const known: Readonly<Record<string, Declared<object>>> = pointFactories[kind]
  const factory =
    Object.values(known).find(({ declaration: d }) => [d.name, kebabCase(d.name), ...d.aliases].includes(name)) ??
    pick(kind, name, known)
  return construct(factory, { ...onlyDeclared(factory, supplies), ...decodeValues(factory, options, resolve) })
}

/** How a run learns, by the names of its settings. */
export type LearnerOptions = {
  readonly estimator: string
  readonly optimizer: string
  readonly learningRate: number
  readonly schedule: string
  readonly steps: number
}

/**
 * The estimator of a run, and its optimiser at the rates of its schedule.
 *
 * @throws those of {@link makePoint}
 */
export function learnerOf({ estimator, optimizer, learningRate, schedule, steps }: LearnerOptions): {
  readonly estimator: Estimator
  readonly optimizer: Optimizer
} {
  // The kind of a declaration determines the type that its factory returns.
  const rate = makePoint('schedule', schedule, { initial: learningRate, steps })
  return {
    estimator: makePoint('estimator', estimator) as Estimator,
    optimizer: makePoint('optimizer', optimizer, { rate }) as Optimizer,
  }
}

/** The network of a function of points, by the names of a run's settings. */
export type PointOptions = {
  readonly hidden: readonly number[]
  readonly time: number
  readonly neuron: string
  readonly surrogate: string
  /** Training points of a step. */
  readonly batch: number
}

/**
 * A function of points, the spiking network that learns it, and its task: those of the command for the same settings.
 *
 * @param choice the name of a problem, or a problem of one's own
 * @throws those of {@link makePoint}
 */
export function pointParts(
  choice: string | RegressionProblem,
  { hidden, time, neuron, surrogate, batch }: PointOptions,
): { readonly problem: RegressionProblem; readonly network: SpikingMlp; readonly task: Task } {
  const problem = typeof choice === 'string' ? (makePoint('problem', choice) as RegressionProblem) : choice
  const { inputs, outputs, domain } = problem
  const network = spikingMlp({
    ...{ inputs, outputs, hidden, time, domain },
    neuron: makePoint('neuron', neuron) as NeuronModel,
    spike: neurons.spike(makePoint('surrogate', surrogate) as Surrogate),
    output: standardise(problem.points('train')),
  })
  const ofAny: Network<Variables> = network
  return { problem, network, task: regressionTask({ network: ofAny, problem, batch, ...unitsOfLoss(problem) }) }
}
