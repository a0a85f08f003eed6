import type { Key, LossParts, Tensor, Tree } from '@spikeward/core'
import type { Evaluator } from '../evaluation/evaluate.js'

/** What a network is made of: the part that is learned, and the part that its key fixed once and for all. */
export type Variables<P extends Tree = Tree, F extends Tree = Tree> = { readonly trained: P; readonly fixed: F }

/**
 * What is learned, from what: a record that {@link fit} runs. {@link regressionTask} makes one from a network and a
 * problem; write one by hand to train on data or with an objective of your own.
 */
export type Task<P extends Tree = Tree, F extends Tree = Tree, D extends Tree = Tree> = {
  readonly name: string
  /** Variables from a key. Pure and traceable: it runs inside `jit`. */
  init(key: Key): Variables<P, F>
  /** Everything the objective reads besides: moved to the backend once, never per step. */
  data(): D
  /** The loss of one step, a scalar. Pure and traceable; draws its mini-batch from `key`. */
  objective(trained: P, fixed: F, data: D, key: Key): Tensor
  /**
   * What the objective of that step is made of, for estimators that use more than the number. Same data, same key, same
   * mini-batch. Absent: the objective is a number only.
   */
  parts?(fixed: F, data: D, key: Key): LossParts<P>
  /** Makes what measures variables on points that are not trained on; called once a run. */
  validator?(): Evaluator<Variables<P, F>>
}
