import {
  type Coords,
  type Filled,
  type FloatDType,
  type Key,
  type LossParts,
  type OperatorNetwork,
  type OptionsOf,
  type RolloutProblem,
  type Tensor,
  type Tree,
  type Variables,
  SpikewardError,
  add,
  coordsFrom,
  coordsTensors,
  defineFactory,
  defineOptions,
  integer,
  mul,
  normal,
  number,
  randint,
  reshape,
  slice,
  stack,
  stopGradient,
  take,
  tensor,
  toCoords,
  transpose,
} from '@spikeward/core'
import { operatorEvaluator } from '../evaluation/evaluateOperator.js'
import { operatorParts } from './operatorParts.js'
import { meanSquaredError } from './regressionTask.js'
import type { Task } from './task.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** k. */
  unroll: integer({ min: 1, default: 1, help: 'steps through the network whose errors are the loss' }),
  /** m: the push-forward trick. */
  pushForward: integer({ min: 0, default: 0, help: 'steps before them that no gradient passes' }),
  /** σ. */
  noise: number({
    min: 0,
    default: 0,
    help: 'deviation of noise on the first field, relative to that of its channel',
  }),
}))

/** How a time-stepper is trained; see {@link rolloutTask}. */
export type RolloutTraining = Filled<typeof options>

/**
 * How a time-stepper is trained: by errors of k steps, after m steps that no gradient passes, from fields with noise of
 * deviation σ; see {@link rolloutTask}.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example rollout({ unroll: 3 }) // { unroll: 3, pushForward: 0, noise: 0 }
 */
export const rollout = /* @__PURE__ */ defineFactory(
  {
    kind: 'task',
    name: 'rollout',
    summary: 'a step of time, learned from trajectories and repeated',
    options,
    facts: { learns: 'trajectories', source: 'Brandstetter et al. 2022; Koehler et al. 2024' },
  },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): RolloutTraining =>
      read(settings),
)

/** Options of {@link rolloutTask}. */
export type RolloutTaskOptions<P extends Tree, F extends Tree, Z extends Tree> = Partial<RolloutTraining> & {
  /** A network from a field to later ones, such as `timeStepper` of @spikeward/operators. */
  readonly network: OperatorNetwork<Variables<P, F>, Z>
  readonly problem: RolloutProblem
  /** Windows of trajectories per step, drawn with replacement. */
  readonly functions: number
  /** Element type of the data: that of the network. Default `f32`. */
  readonly dtype?: FloatDType
  /** Validation trajectories at a time. Default 64. */
  readonly evaluationBatch?: number
}

/**
 * The trajectories of a rollout task on the device, as rows [trajectories · frames, channels · points], and the places
 * of the network.
 */
export type RolloutTensors = { readonly states: Tensor; readonly at: readonly Tensor[] }

/**
 * The task of learning an evolution step by step. A step of training draws windows of the training trajectories, and
 * its loss is the mean squared error of k fields after m steps that pass no gradient:
 *
 *     û₀ = u(t) + σ s ε,   û_{j+1} = û_j + N(û_j),   û_m held constant,   L = (1/k) Σ_{j=1}^{k} mean (û_{m+j} − u(t + (m + j) Δ))²
 *
 * k = 1, m = 0 is one-step training; k > 1 is unrolled training, whose derivative passes through all k steps; m > 0 is
 * the push-forward trick, which shows the network fields with its own errors; σ > 0 is training noise. Validation
 * reports the relative L2 error of whole trajectories.
 *
 * One-step training without push-forward has parts, for estimators that work layer by layer on samples.
 *
 * @throws INVALID_OPTION; SHAPE_MISMATCH if network and problem do not fit
 * @see Brandstetter, Worrall & Welling, ICLR 2022 (push-forward); Sanchez-Gonzalez et al., ICML 2020 (noise); Koehler
 *   et al., APEBench, NeurIPS 2024 (unrolled training)
 * @example
 * const task = await rolloutTask({ network: timeStepper(fourierOperator({ grid: [64] })), problem, functions: 20, unroll: 3 })
 */
export async function rolloutTask<P extends Tree, F extends Tree, Z extends Tree>(
  options: RolloutTaskOptions<P, F, Z>,
): Promise<Task<P, F, RolloutTensors>> {
  const { network, problem, functions, dtype = 'f32', evaluationBatch, ...training } = options
  const { unroll, pushForward, noise } = rollout(training)
  const { outputs } = problem
  const { frames } = problem.trajectory
  if (network.axes !== problem.axes.length || network.outputs !== outputs) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `'${network.name}' with ${network.axes} axes and ${network.outputs} outputs for '${problem.name}' with ${problem.axes.length} and ${outputs}; they must agree`,
    )
  }
  if (!Number.isInteger(functions) || functions < 1)
    throw new SpikewardError('INVALID_OPTION', `rolloutTask: functions = ${functions}; give a whole number from 1`)
  const ahead = pushForward + unroll
  if (ahead >= frames) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `rolloutTask: ${ahead} steps of training on trajectories of ${frames} frames; give fewer, at most ${frames - 1} together`,
    )
  }
  const { count, values } = await problem.states('train')
  const validation = await problem.data('validation')
  const width = problem.sensors.count
  const deviations = deviationsOf(values, width, outputs).map((d) => d * noise)

  /** The places of the first `times` steps. */
  const placesOf = (at: readonly Tensor[], times: number): Coords =>
    coordsFrom(at.map((x, axis) => (axis === at.length - 1 ? slice(x, [0], [times]) : x)))
  /** Rows of frames, [times, N, channels · points], as the network gives them: [N, …grid, times, channels]. */
  const asOutput = (rows: readonly Tensor[], at: readonly Tensor[]): Tensor => {
    const grid = at.slice(0, -1).map((x) => x.shape[0]!)
    const all = transpose(reshape(stack(rows), [rows.length, functions, outputs, -1]), [1, 3, 0, 2])
    return reshape(all, [functions, ...grid, rows.length, ...(outputs === 1 ? [] : [outputs])])
  }
  /** The last of `times` fields that the network gives, as rows. */
  const lastRows = (fields: Tensor, times: number): Tensor => {
    const split = reshape(fields, [functions, width / outputs, times, outputs])
    const last = slice(split, [0, 0, times - 1, 0], [functions, width / outputs, times, outputs])
    return reshape(transpose(reshape(last, [functions, -1, outputs]), [0, 2, 1]), [functions, width])
  }
  const noisy = (rows: Tensor, key: Key): Tensor => {
    if (noise === 0) return rows
    const each = tensor(
      deviations.flatMap((d) => new Array<number>(width / outputs).fill(d)),
      { dtype },
    )
    return add(rows, mul(normal(key, rows.shape, { dtype }), each))
  }
  const windows = (data: RolloutTensors, key: Key): { readonly first: Tensor; readonly targets: Tensor } => {
    const [which, when, what] = key.split(3) as [Key, Key, Key]
    const rows = add(mul(randint(which, [functions], count), frames), randint(when, [functions], frames - ahead))
    const frame = (j: number): Tensor => take(data.states, add(rows, j))
    const later = Array.from({ length: unroll }, (_, j) => frame(pushForward + 1 + j))
    return { first: noisy(frame(0), what), targets: asOutput(later, data.at) }
  }
  const parts = (fixed: F, data: RolloutTensors, key: Key): LossParts<P> => {
    const { first, targets } = windows(data, key)
    return operatorParts({
      ...{ network, fixed, weight: 1, physics: null },
      step: { f: first, u: targets, at: placesOf(data.at, 1) },
    })
  }
  return {
    name: problem.name,
    init: (key) => network.init(key),
    data: () => ({
      states: tensor(values, { dtype, shape: [count * frames, width] }),
      at: coordsTensors(toCoords(problem.at, dtype)),
    }),
    objective(trained, fixed, data, key) {
      const variables = { trained, fixed }
      const { first, targets } = windows(data, key)
      const pushed =
        pushForward === 0
          ? first
          : stopGradient(lastRows(network.apply(variables, first, placesOf(data.at, pushForward)), pushForward))
      return meanSquaredError(network.apply(variables, pushed, placesOf(data.at, unroll)), targets)
    },
    ...(ahead === 1 ? { parts } : {}),
    validator: () =>
      operatorEvaluator(network, problem, validation, {
        ...(evaluationBatch === undefined ? {} : { batch: evaluationBatch }),
      }),
  }
}

/** The deviation of each channel over rows [n, channels · points]. */
function deviationsOf(values: Float32Array, width: number, channels: number): number[] {
  const points = width / channels
  return Array.from({ length: channels }, (_, c) => {
    let [sum, square, n] = [0, 0, 0]
    for (let from = c * points; from < values.length; from += width)
      for (let p = from; p < from + points; p++) {
        sum += values[p]!
        square += values[p]! ** 2
        n++
      }
    return Math.sqrt(Math.max(0, square / n - (sum / n) ** 2))
  })
}
