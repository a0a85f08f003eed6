import {
  SpikewardError,
  add,
  cast,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  abs,
  tensor,
  treeMap,
  where,
} from '@spikeward/core'
import type { Estimator, Key, Loss, LossParts, Optimizer, SequenceParts, Tensor, Tree } from '@spikeward/core'
import { floatTypeOf } from '../evaluation/evaluate.js'

/** Everything that a step changes, as one tree, so that a step can overwrite all of it. */
export type TrainState<P extends Tree = Tree> = {
  readonly trained: P
  readonly optimizer: Tree
  readonly estimator: Tree
  /** Steps taken, i32. */
  readonly step: Tensor
  /** Loss of the last step, at the parameters before its update. */
  readonly loss: Tensor
  /** Cost of the last step in forward passes, f32. */
  readonly forwardEquivalents: Tensor
  /** The first step whose loss was NaN or infinite, −1 while there is none, i32. */
  readonly failedAt: Tensor
}

/**
 * The loss of a step: a function of the parameters, the data, the step's own key, and its number (absent: as after the
 * last step).
 */
export type StepLoss<P extends Tree, D extends Tree> = {
  (params: P, data: D, key: Key, step?: Tensor): Tensor
  /** The parts of the loss for the same data, key and step; see `Loss.parts`. */
  readonly parts?: (data: D, key: Key, step?: Tensor) => LossParts<P>
  /** The structure of a loss over time for the same data, key and step; see `Loss.sequence`. */
  readonly sequence?: (data: D, key: Key, step?: Tensor) => SequenceParts<P>
}

/** One step of training as two pure functions: see {@link trainStep}. */
export type TrainStep<P extends Tree, D extends Tree> = {
  readonly init: (params: P) => TrainState<P>
  readonly step: (state: TrainState<P>, data: D, key: Key) => TrainState<P>
}

/** The largest finite f32. A larger loss counts as infinite. */
const LARGEST = 3.4028234663852886e38

const int = (value: number): Tensor => tensor(value, { dtype: 'i32' })

/** The keys of the step that follows a state: k′ for the loss, k″ for the estimator; see {@link trainStep}. */
export function stepKeys(state: Pick<TrainState, 'step'>, key: Key): { readonly draw: Key; readonly direction: Key } {
  const [draw, direction] = key.fold(state.step).split(2) as [Key, Key]
  return { draw, direction }
}

/**
 * A step's loss, with its parts if it has any. If the residuals have no parts, reading them throws LOSS_WITHOUT_PARTS;
 * estimators that need none still train.
 */
export function lossAt<P extends Tree, D extends Tree>(
  loss: StepLoss<P, D>,
  data: D,
  key: Key,
  step?: Tensor,
): Loss<P> {
  const plain = (params: P): Tensor => loss(params, data, key, step)
  const whole: Loss<P> = Object.assign(plain, {
    ...(loss.sequence === undefined ? {} : { sequence: loss.sequence(data, key, step) }),
  })
  if (loss.parts === undefined) return whole
  try {
    return Object.assign(whole, { parts: loss.parts(data, key, step) })
  } catch (error) {
    if (!(error instanceof SpikewardError) || error.code !== 'LOSS_WITHOUT_PARTS') throw error
    return Object.defineProperty(whole, 'parts', {
      get() {
        throw error
      },
    })
  }
}

/**
 * One step of training: estimate, then update.
 *
 *     kᵢ = fold(key, i),   (ℓ, g, e′) = estimate(loss(·, data, k′ᵢ, i), θ, e; k″ᵢ),   (Δ, o′) = update(g, o, θ),   θ′ = θ + Δ
 *
 * with (k′ᵢ, k″ᵢ) = split(kᵢ, 2). The next state depends on state, data and key alone, and the step counter alone
 * selects the random numbers: a run that is stopped and resumed gives the same states as one that never stopped.
 *
 * @param loss scalar loss of (params, data, key)
 * @example
 * const { init, step } = trainStep(loss, rfg(), adam(1e-3))
 * const run = jit(step, { donate: [0] })
 * let state = init(params)
 * for (let i = 0; i < 100; i++) state = run(state, data, key(0))
 */
export function trainStep<P extends Tree, D extends Tree>(
  loss: StepLoss<P, D>,
  estimator: Estimator,
  optimizer: Optimizer,
): TrainStep<P, D> {
  return {
    init: (params) => ({
      trained: params,
      optimizer: optimizer.init(params),
      estimator: estimator.init(params),
      step: int(0),
      loss: tensor(0, { dtype: floatTypeOf(params) }),
      forwardEquivalents: tensor(0, { dtype: 'f32' }),
      failedAt: int(-1),
    }),
    step(state, data, key) {
      const { draw, direction } = stepKeys(state, key)
      const e = estimator.estimate(lossAt(loss, data, draw, state.step), state.trained, state.estimator, {
        key: direction,
      })
      const { updates, state: optimizerState } = optimizer.update(e.grad, state.optimizer, state.trained)
      const step = add(state.step, 1)
      const finite = lessEqual(abs(e.value), LARGEST)
      const failsNow = logicalAnd(logicalNot(finite), less(state.failedAt, 0))
      return {
        trained: treeMap((p, u) => add(p, u), state.trained, updates),
        optimizer: optimizerState,
        estimator: e.state,
        step,
        loss: cast(e.value, state.loss.dtype),
        forwardEquivalents: cast(e.stats.forwardEquivalents, 'f32'),
        failedAt: where(failsNow, step, state.failedAt),
      }
    },
  }
}
