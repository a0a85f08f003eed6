import {
  type DataProgress,
  type FloatDType,
  type Key,
  type LossParts,
  type OperatorNetwork,
  type OperatorProblem,
  type OperatorTensors,
  type Tensor,
  type Tree,
  type Variables,
  SpikewardError,
  add,
  coordsFrom,
  coordsPoints,
  mul,
  randint,
  reshape,
  scope,
  take,
  toOperatorTensors,
  transpose,
} from '@spikeward/core'
import { operatorEvaluator } from '../evaluation/evaluateOperator.js'
import { type OperatorStep, type StepPhysics, meanRelativeError, operatorParts } from './operatorParts.js'
import { type PhysicsOptions, checkCollocation, physicsLoss } from './physicsLoss.js'
import { meanSquaredError } from './regressionTask.js'
import type { Task } from './task.js'

/** Options of {@link operatorTask}. */
export type OperatorTaskOptions<P extends Tree, F extends Tree, Z extends Tree> = {
  readonly network: OperatorNetwork<Variables<P, F>, Z>
  readonly problem: OperatorProblem
  /** Input functions per step, drawn with replacement inside the step. Default: all functions in every step. */
  readonly functions?: number
  /**
   * Evaluation points per step, drawn with replacement, the same for all functions of the step. Default: all points.
   */
  readonly points?: number
  /** Weight of the data's loss. Default 1, or 0 if `physics` is given: give both for a hybrid loss. */
  readonly data?: number
  /** The equation's residual, for physics-informed and hybrid losses. Default: none. */
  readonly physics?: PhysicsOptions
  /**
   * Loss of a prediction [B, …] against its target, both of the field's shape, such as {@link meanRelativeError}.
   * Default {@link meanSquaredError}.
   */
  readonly loss?: (prediction: Tensor, target: Tensor) => Tensor
  /** Functions at a time in validation. Default 64. */
  readonly evaluationBatch?: number
  /** Element type of the data: that of the network. Default `f32`. */
  readonly dtype?: FloatDType
  /** Called while data are generated and solved. */
  readonly onProgress?: (progress: DataProgress) => void
  readonly signal?: AbortSignal
}

/**
 * The task of learning an operator from pairs of functions. A step draws input functions (and evaluation points, if
 * `points` is given) from its key, uniformly with replacement, and its loss is
 *
 *     L = w_data · loss(u(f)(x), u_ref) + w_physics · (mean residual² + Σ mean condition²)
 *
 * The data are generated once, before the first step; those of a problem with `rows` are read step by step, with the
 * same draws. Validation reports the mean over the validation functions of each function's relative L2 error.
 *
 * If the network exposes its affine layers, these two losses have parts: activity perturbation, eligibility traces and
 * exact readouts then work function by function in the branch and point by point in the trunk. With `physics` they work
 * only in the branch; give the other parameters a separate estimator with `perBlock`.
 *
 * @throws INVALID_OPTION; SHAPE_MISMATCH if network and problem do not fit
 * @example
 * const task = await operatorTask({ network, problem: poisson1d(), functions: 128 })
 * for await (const e of fit({ task, estimator: bp(), optimizer: adam(3e-3), key: 0, seconds: 10 })) …
 */
export async function operatorTask<P extends Tree, F extends Tree, Z extends Tree>(
  options: OperatorTaskOptions<P, F, Z>,
): Promise<Task<P, F, OperatorTensors>> {
  const { network, problem, functions, points, physics, loss = meanSquaredError, dtype = 'f32' } = options
  const weight = options.data ?? (physics === undefined ? 1 : 0)
  if (network.axes !== problem.axes.length || network.outputs !== problem.outputs) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `'${network.name}' with ${network.axes} axes and ${network.outputs} outputs for '${problem.name}' with ${problem.axes.length} and ${problem.outputs}; they must agree`,
    )
  }
  if (!(weight >= 0) || (weight === 0 && physics === undefined)) {
    throw new SpikewardError('INVALID_OPTION', `operatorTask: data weight ${weight}; give a number above 0, or physics`)
  }
  checkPart('functions', functions, problem.sizes.train)
  if (problem.rows !== undefined && functions === undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `operatorTask: '${problem.name}' reads its functions step by step; give \`functions\`, the number in each step`,
    )
  }
  if (points !== undefined) checkPart('points', points, Infinity)
  const equation = problem.physics
  if (physics !== undefined) checkCollocation(physics, equation, problem.name)
  const dataOptions = {
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }
  const train = await problem.data('train', dataOptions)
  const validation = await problem.data('validation', dataOptions)

  const stepOf = (data: OperatorTensors, key: Key): OperatorStep & { physicsKey: Key } => {
    const [functionKey, pointKey, physicsKey] = key.split(3) as [Key, Key, Key]
    // Functions that were read for this step are drawn already.
    const whole = functions === undefined || (problem.rows !== undefined && data.f.shape[0] === functions)
    const indices = whole ? null : randint(functionKey, [functions], train.count)
    const f = indices === null ? data.f : take(data.f, indices)
    const u = indices === null ? data.u : take(data.u, indices)
    const c = coordsFrom(data.at)
    if (points === undefined) return { f, u, at: c, physicsKey }
    const all = coordsPoints(c)
    const count = all.shape[0]!
    const chosen = randint(pointKey, [points], count)
    const rows = reshape(u, [f.shape[0]!, count, -1])
    const target = transpose(take(transpose(rows, [1, 0, 2]), chosen), [1, 0, 2])
    const shape = network.outputs === 1 ? [f.shape[0]!, points] : [f.shape[0]!, points, network.outputs]
    return { f, u: reshape(target, shape), at: { kind: 'points', x: take(all, chosen) }, physicsKey }
  }
  const physicsOf = (key: Key): StepPhysics | null =>
    physics === undefined || equation === null ? null : { equation, options: physics, key }
  const parts = (fixed: F, data: OperatorTensors, key: Key): LossParts<P> => {
    const { physicsKey, ...step } = stepOf(data, key)
    const relative = loss === meanRelativeError
    return operatorParts({ network, fixed, step, weight, physics: physicsOf(physicsKey), relative })
  }

  /** The functions that a step draws, from the same key with the same numbers as if all of them were in memory. */
  const read = async (key: Key): Promise<OperatorTensors> => {
    const numbers = scope(() => {
      const [functionKey] = key.split(3) as [Key, Key, Key]
      return randint(functionKey, [functions!], problem.sizes.train)
    })
    const rows = Array.from(await numbers.data())
    numbers.dispose()
    return toOperatorTensors(problem, await problem.rows!(rows), dtype)
  }

  return {
    name: problem.name,
    init: (key) => network.init(key),
    data: () => toOperatorTensors(problem, train, dtype),
    ...(problem.rows === undefined ? {} : { read }),
    objective(trained, fixed, data, key) {
      const variables = { trained, fixed }
      const { f, u, at, physicsKey } = stepOf(data, key)
      const fit = (): Tensor => mul(loss(network.apply(variables, f, at), u), weight)
      const physics = physicsOf(physicsKey)
      if (physics === null) return fit()
      const residual = physicsLoss(network, variables, f, physics.equation, physics.options, physics.key)
      return weight === 0 ? residual : add(fit(), residual)
    },
    // The parts describe a mean over functions. These losses are such means; a custom loss may not be.
    ...(loss === meanSquaredError || loss === meanRelativeError ? { parts } : {}),
    validator: () =>
      operatorEvaluator(network, problem, validation, {
        ...(options.evaluationBatch === undefined ? {} : { batch: options.evaluationBatch }),
      }),
  }
}

function checkPart(name: string, value: number | undefined, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return
  throw new SpikewardError(
    'INVALID_OPTION',
    `operatorTask: ${name} = ${value}; give a whole number from 1${most === Infinity ? '' : ` to ${most}`}`,
  )
}
