import type { Key, LossParts, SequenceParts, Tensor, Tree, Variables } from '@spikeward/core'
import type { Evaluator } from '../evaluation/evaluate.js'

/**
 * A network, its data and its objective, as {@link fit} trains it. `regressionTask`, `operatorTask` and `pinnTask` make
 * tasks; write one yourself for your own data or objective.
 */
export type Task<P extends Tree = Tree, F extends Tree = Tree, D extends Tree = Tree> = {
  readonly name: string
  /**
   * How many networks it trains at once, each with its own key: tensors of the variables have them as axis 0, and the
   * objective is that of one. Absent: one, without such an axis.
   */
  readonly members?: number
  /** Variables from a key. Pure and traceable: it runs inside `jit`. */
  init(key: Key): Variables<P, F>
  /** The data that the objective reads. They are moved to the backend once, not per step. */
  data(): D
  /**
   * Reads the mini-batch of a step from data that need not fit in memory; the objective then gets it in place of
   * `data()`. With `read`, `data()` is a sample that callbacks and checks use. The next step's data are read while a
   * step is computed.
   *
   * @param key the key that the objective gets
   */
  read?(key: Key): Promise<D>
  /**
   * The loss of one step, a scalar. Pure and traceable; draws its mini-batch from `key`.
   *
   * @param step number of the step, i32 [], for a loss that changes during training; absent outside of training, where
   * the loss is that after the last step
   */
  objective(trained: P, fixed: F, data: D, key: Key, step?: Tensor): Tensor
  /**
   * The parts of the objective, for estimators that use more than its value. The same data and key give the same
   * mini-batch. If absent, estimators use only the value.
   */
  parts?(fixed: F, data: D, key: Key, step?: Tensor): LossParts<P>
  /**
   * The structure of an objective over time, for estimators that carry traces; the same data and key give the same
   * mini-batch.
   */
  sequence?(fixed: F, data: D, key: Key, step?: Tensor): SequenceParts<P>
  /**
   * Redraws fixed variables, such as the points of a residual, before the first step and then every `every` steps. Pure
   * and traceable; it depends on the variables, on the key of the step and on its number alone, so that a resumed run
   * stays exact. Absent: fixed variables never change.
   *
   * @param step number of the coming step, i32 [], the same that `objective` gets
   */
  readonly redraw?: { readonly every: number; run(variables: Variables<P, F>, data: D, key: Key, step: Tensor): F }
  /** Makes the evaluator of the validation points. Called once per run. */
  validator?(): Evaluator<Variables<P, F>>
}
