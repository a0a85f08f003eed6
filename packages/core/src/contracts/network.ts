import type { Key } from '../numpy/key.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'

/** A network: parameters from a key, outputs from parameters and inputs. */
export interface Network<P extends Tree = Tree, I extends Tree = Tensor, O extends Tree = Tensor> {
  readonly name: string
  init(key: Key): P
  apply(params: P, x: I, ctx?: { key: Key }): O
}

/**
 * A network that reads a window of a sequence, one time step after another. Its `apply` maps [N, steps · channels] to
 * [N, scored · outputs]; of classes, to their probabilities [N, outputs], and a step gives the logarithms of their odds.
 */
export interface SequenceNetwork<P extends Tree = Tree> extends Network<P> {
  /** Time steps of a window, and the last ones of them that have outputs. */
  readonly steps: number
  readonly scored: number
  /** The state before the first step of N windows. */
  rest(samples: number): Tree
  /** The next state and the outputs [N, outputs] of a step, from its inputs [N, channels]. */
  step(params: P, state: Tree, x: Tensor): readonly [Tree, Tensor]
}

/**
 * The variables of a network. Estimators and optimisers only receive `trained`. `fixed` is drawn from the key too, and
 * never changes; a checkpoint stores both.
 */
export type Variables<P extends Tree = Tree, F extends Tree = Tree> = { readonly trained: P; readonly fixed: F }

/** A run on trial: its steps are timed, and its results are thrown away. */
export interface StepTrial extends AsyncDisposable {
  /** Takes steps, and waits until the device is done with them. */
  run(steps: number): Promise<void>
}
