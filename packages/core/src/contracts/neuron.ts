import type { Shape } from '../tensor/aval.js'
import type { FloatDType } from '../tensor/dtype.js'
import type { Key } from '../numpy/key.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'

/** The spike function: the step function of u = membrane − threshold, with a surrogate slope as its derivative. */
export type Spike = (u: Tensor) => Tensor

/**
 * The replacement for the derivative of the spike. `smoothness` is the number of continuous derivatives of the slope
 * (−1: it jumps; Infinity: smooth).
 */
export interface Surrogate {
  readonly name: string
  slope(u: Tensor): Tensor
  readonly smoothness: number
  readonly support: 'compact' | 'full'
}

/**
 * A neuron model: pointwise in the neurons, one time step at a time. `P` are its parameters per neuron (time constants,
 * thresholds: shape [n] or scalars; `{}` when all are fixed by the factory), `S` its state.
 */
export interface NeuronModel<P extends Tree = Tree, S extends Tree = Tree> {
  readonly name: string
  /**
   * `changes`: an output is the change of the unit's value, and receivers add outputs up. Absent: each output stands
   * for itself.
   */
  readonly sends?: 'changes'
  /** Whether `step` takes the length of a step. Absent: all steps have the same. */
  readonly elapses?: true
  init(key: Key, n: number): P
  /** The state before the first step, for neurons of the given shape ([batch, n]); `dtype` is f32 by default. */
  rest(shape: Shape, dtype?: FloatDType): S
  /**
   * @param elapsed Δt, the time since the step before in steps, [batch, 1], of a model that `elapses`: a leak β is then
   *   β^Δt, exp(−Δt/τ) for β = exp(−1/τ). Default 1
   */
  step(params: P, state: S, current: Tensor, spike: Spike, elapsed?: Tensor): { state: S; output: Tensor }
}
