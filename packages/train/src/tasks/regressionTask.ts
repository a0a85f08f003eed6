import {
  type FloatDType,
  type Key,
  type LossParts,
  type Network,
  type PointSet,
  type RegressionProblem,
  type SequenceNetwork,
  type SequenceParts,
  type Tensor,
  type Tree,
  type Variables,
  type WindowShape,
  SpikewardError,
  add,
  concatenate,
  exp,
  log,
  lossParts,
  max,
  mean,
  mul,
  describeValue,
  div,
  randint,
  reshape,
  scan,
  square,
  stopGradient,
  sub,
  sum,
  take,
  tensor,
  transpose,
  zeros,
} from '@spikeward/core'
import { evaluator } from '../evaluation/evaluate.js'
import type { Task } from './task.js'

/**
 * The prediction of a network at points of a problem. Checks, while a step is traced, that the two fit.
 *
 * @param network name of the network, for the error
 * @param predict the network at points [B, inputs]
 * @param output picks the outputs from the prediction; if absent their number is not checked, since a custom loss may
 * need others
 * @throws SHAPE_MISMATCH that names both, if the network takes another number of inputs or gives another number of
 *   outputs
 */
export function fitting<Out>(
  { name }: { readonly name: string },
  problem: Pick<RegressionProblem, 'name' | 'inputs' | 'outputs'>,
  predict: () => Out,
  output?: (out: Out) => Tensor,
): Out {
  let out: Out
  try {
    out = predict()
  } catch (cause) {
    if (!(cause instanceof SpikewardError) || cause.code !== 'SHAPE_MISMATCH') throw cause
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `network '${name}' cannot be applied to the points of '${problem.name}', which have inputs: ${problem.inputs}: ${cause.message}; if the network takes another number of inputs, make it with this number`,
      { cause },
    )
  }
  const width = output?.(out).shape.at(-1)
  if (output !== undefined && width !== problem.outputs) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `network '${name}' gives ${width ?? 'no'} outputs, and '${problem.name}' has outputs: ${problem.outputs}; make the network with this number of outputs`,
    )
  }
  return out
}

/** The points of a regression on the device: x [n, inputs], y [n, outputs]. */
export type Points = { readonly x: Tensor; readonly y: Tensor }

/** Mean squared error over batch and outputs: (1/BO) Σ (prediction − target)². */
export const meanSquaredError = (prediction: Tensor, target: Tensor): Tensor => mean(square(sub(prediction, target)))

/**
 * Cross-entropy of each sample, −Σ_c t_c log p_c with p = softmax(y).
 *
 * @param output y, [samples, classes]
 * @param target t, 1 for the class of a sample and 0 for others
 */
function crossEntropy(output: Tensor, target: Tensor): Tensor {
  const below = sub(output, stopGradient(max(output, 1, { keepDims: true })))
  return sum(mul(target, sub(log(sum(exp(below), 1, { keepDims: true })), below)), 1)
}

/** Options of {@link regressionTask}. */
export type RegressionTaskOptions<P extends Tree, F extends Tree> = {
  readonly network: Network<Variables<P, F>>
  readonly problem: RegressionProblem
  /** Points per step, drawn with replacement inside the step. Default: all points in every step. */
  readonly batch?: number
  /** Loss of a prediction [B, outputs] against its target. Default {@link meanSquaredError}. */
  readonly loss?: (prediction: Tensor, target: Tensor) => Tensor
  /**
   * The unit of each output in which the mean squared error is measured, such as its standard deviation: then neither
   * the step of an optimiser nor the share of an output in the loss depends on the units of the data. Default 1.
   */
  readonly units?: readonly number[]
  /** Element type of the points: that of the network. Default `f32`. */
  readonly dtype?: FloatDType
}

/** The error of each output, in its unit. */
type ErrorIn = (output: Tensor, target: Tensor) => Tensor

const errorIn = (units: readonly number[] | undefined, dtype: FloatDType): ErrorIn =>
  units === undefined
    ? sub
    : (output, target) => div(sub(output, target), tensor([...units], { dtype, shape: [units.length] }))

/** Converts a point set to two tensors. */
export const toPoints = ({ x, y, count }: PointSet, dtype: FloatDType = 'f32'): Points => ({
  x: tensor(x, { dtype, shape: [count, x.length / count] }),
  y: tensor(y, { dtype, shape: [count, y.length / count] }),
})

/** The parts of the mean squared error. */
const squaredErrorParts = <P extends Tree, F extends Tree>(
  network: Network<Variables<P, F>>,
  problem: RegressionProblem,
  batchOf: (data: Points, key: Key) => Points,
  error: ErrorIn,
): Pick<Task<P, F, Points>, 'parts'> => ({
  parts(fixed, data, key): LossParts<P> {
    const { x, y } = batchOf(data, key)
    return lossParts({
      samples: x.shape[0]!,
      input: x,
      forward: (trained: P, at) =>
        fitting(
          network,
          problem,
          () => network.apply({ trained, fixed }, at),
          (out) => out,
        ),
      head: (output) => mean(square(error(output, y)), 1),
      residuals: (output) => reshape(error(output, y), [-1]),
    })
  },
})

/**
 * The loss over time: each scored step of a window has its own, the mean squared error, or of classes the
 * cross-entropy.
 */
const overTime = <P extends Tree, F extends Tree>(
  network: SequenceNetwork<Variables<P, F>>,
  { channels, outputs, classes }: WindowShape,
  batchOf: (data: Points, key: Key) => Points,
  error: ErrorIn,
): Required<Pick<Task<P, F, Points>, 'sequence'>> => ({
  sequence(fixed, data, key): SequenceParts<P> {
    const { x, y } = batchOf(data, key)
    const { steps, scored } = network
    const samples = x.shape[0]!
    const byStep = (values: Tensor, count: number, width: number): Tensor =>
      transpose(reshape(values, [samples, count, width]), [1, 0, 2])
    const warm = steps - scored
    const targets =
      classes === undefined
        ? byStep(y, scored, outputs)
        : add(reshape(y, [1, samples, outputs]), zeros([scored, samples, outputs], y.dtype))
    const weights = Float64Array.from({ length: steps }, (_, t) => (t < warm ? 0 : 1 / scored))
    return {
      samples,
      drive: {
        x: byStep(x, steps, channels),
        y: warm === 0 ? targets : concatenate([zeros([warm, samples, outputs], y.dtype), targets], 0),
        weight: tensor(weights, { dtype: y.dtype as FloatDType }),
      },
      rest: () => network.rest(samples),
      step: (trained, state, now) => network.step({ trained, fixed }, state, (now as Step).x),
      head(output, now) {
        const { y: target, weight } = now as Step
        return mul(
          weight,
          classes === undefined ? mean(square(error(output, target)), 1) : crossEntropy(output, target),
        )
      },
    }
  },
})

/** The mean over samples of a loss over time. */
function overSteps<P extends Tree>({ samples, drive, rest, step, head }: SequenceParts<P>, params: P): Tensor {
  const advance = ([state, loss]: readonly [Tree, Tensor], now: Tree): [readonly [Tree, Tensor], []] => {
    const [next, output] = step(params, state, now)
    return [[next, add(loss, head(output, now))], []]
  }
  return mean(scan(advance, [rest(), zeros([samples])], drive)[0][1])
}

/** A slice of the drive. */
type Step = { readonly x: Tensor; readonly y: Tensor; readonly weight: Tensor }

const readsSteps = <P extends Tree>(network: Network<P>): network is SequenceNetwork<P> =>
  'step' in network && 'rest' in network

/** Throws INVALID_OPTION for a value that is no network or no problem, which plain JavaScript can pass. */
function checkRegression(network: unknown, problem: unknown): void {
  const [n, p] = [network, problem] as Partial<Record<string, unknown>>[]
  if (typeof n?.['apply'] !== 'function') {
    throw new SpikewardError(
      'INVALID_OPTION',
      `network is ${describeValue(n)}; give a network, such as spikingMlp({ … })`,
    )
  }
  if (typeof p?.['points'] === 'function') return
  const remedy =
    p?.['kind'] === 'operator'
      ? 'an operator is learned by fit({ task: await operatorTask({ network, problem }), … })'
      : 'give a problem, such as parabola() or await tableProblem({ … })'
  throw new SpikewardError('INVALID_OPTION', `problem is ${describeValue(p)}; ${remedy}`)
}

/**
 * The task of learning a function from points. Its objective is the mean loss over a mini-batch of `problem`'s training
 * points, drawn uniformly with replacement from the step's key. Validation measures the relative L2 error on the
 * problem's validation points. Of windows with classes, the loss is the mean cross-entropy of their scored steps.
 *
 * @throws INVALID_OPTION if `network` is no network, `problem` no problem, or `batch` not a whole number from 1 to the
 * number of training points, `units` no number above 0 for each output, or for classes if the network has no time step; a step throws SHAPE_MISMATCH if network and problem differ in their numbers of inputs or
 * outputs
 */
export function regressionTask<P extends Tree, F extends Tree>(
  options: RegressionTaskOptions<P, F>,
): Task<P, F, Points> {
  const { network, problem, units, dtype = 'f32' } = options
  checkRegression(network, problem)
  if (units !== undefined && (units.length !== problem.outputs || !units.every((unit) => unit > 0)))
    throw new SpikewardError(
      'INVALID_OPTION',
      `units of the loss are ${describeValue(units)}; give a number above 0 for each of ${problem.outputs} outputs`,
    )
  const error = errorIn(units, dtype)
  const { loss = (prediction: Tensor, target: Tensor) => mean(square(error(prediction, target))) } = options
  const count = problem.points('train').count
  const batch = options.batch ?? count
  if (!Number.isInteger(batch) || batch < 1 || batch > count) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `a batch of ${batch} from ${count} training points; give a whole number from 1 to ${count}`,
    )
  }
  const batchOf = ({ x, y }: Points, key: Key): Points => {
    if (options.batch === undefined) return { x, y }
    const at = randint(key, [batch], count)
    return { x: take(x, at), y: take(y, at) }
  }
  const { window } = problem
  const time = window !== undefined && readsSteps(network) ? overTime(network, window, batchOf, error) : null
  if (window?.classes !== undefined && (time === null || options.loss !== undefined))
    throw new SpikewardError(
      'INVALID_OPTION',
      `network '${network.name}' with ${time === null ? 'no time step' : 'a loss of your own'} for the classes of '${problem.name}', which are learned by the cross-entropy of each step; give recurrentNetwork, gruNetwork or lstmNetwork, and no loss`,
    )
  const common = {
    name: problem.name,
    init: (key: Key) => network.init(key),
    data: () => toPoints(problem.points('train'), dtype),
    validator: () => evaluator(network, problem.points('validation')),
  }
  if (time !== null && window?.classes !== undefined)
    return {
      ...common,
      ...time,
      objective: (trained, fixed, data, key) => overSteps(time.sequence(fixed, data, key), trained),
    }
  return {
    ...common,
    objective(trained, fixed, data, key) {
      const { x, y } = batchOf(data, key)
      const predict = (): Tensor => network.apply({ trained, fixed }, x)
      // A custom loss may take more outputs than the target has, such as a variance.
      const output = options.loss === undefined ? (out: Tensor): Tensor => out : undefined
      return loss(fitting(network, problem, predict, output), y)
    },
    // The parts describe a mean over points. The default loss is such a mean; a custom loss may not be.
    // Those of a network that reads windows step by step are a structure in time.
    ...(options.loss !== undefined ? {} : (time ?? squaredErrorParts(network, problem, batchOf, error))),
  }
}
