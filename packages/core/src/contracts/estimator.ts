import type { Key } from '../numpy/key.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import type { Loss } from './loss.js'

/** The cost and the quality of one estimate. Every entry is a scalar tensor, so that it can be a result of `jit`. */
export interface Stats extends Record<string, Tensor> {
  /**
   * Cost in forward passes of the network: 1 for an evaluation, 1 + K for the primal with K tangents, 3 for
   * back-propagation.
   */
  forwardEquivalents: Tensor
}

/** One estimate: the loss at the parameters, an estimate of its gradient, the next state, its cost. */
export type Estimate<S extends Tree, P extends Tree> = {
  value: Tensor
  grad: P
  state: S
  stats: { forwardEquivalents: Tensor } & { [name: string]: Tensor }
}

/**
 * For which networks the mean of an estimate over the key is the surrogate gradient, which `bp` computes.
 *
 * - `true`: for every network, and every loss that the estimator takes.
 * - `'oneHiddenLayer'`: for one layer of neurons between an input that is constant in time and a readout of rates.
 *   Above a layer of spikes it is biased: presynaptic spikes and the neuron's error signal vary together in time but
 *   are averaged separately (see `AffineLayer.input`), or the error signal of the layers below is approximate.
 * - `false`: for none: it is a finite difference, a step, or a shrunk or normalised gradient.
 *
 * `describeEstimator` of @spikeward/testkit tests it in both directions.
 */
export type Unbiased = boolean | 'oneHiddenLayer'

/**
 * An estimate that is a sum along random directions, in two halves, so that processes can share out the directions and
 * send each other a number for each:
 *
 * ĝ = combine(c₁ … c_K),   c_k measured along vₖ only,   vₖ a function of the key
 */
export interface AlongDirections {
  /** Number of directions, K. */
  readonly count: number
  /**
   * The estimate that the halves make together. A wrapper with another `estimate` has no halves, even if it spreads
   * this record.
   */
  readonly estimate: Estimator['estimate']
  /**
   * Measures along directions first … first + count − 1: the loss at the parameters, the coefficients [count, m] (m
   * numbers for each direction, such as one for every layer), the cost.
   */
  measure<P extends Tree>(
    loss: Loss<P>,
    params: P,
    ctx: { readonly key: Key; readonly first: Tensor; readonly count: number },
  ): { readonly value: Tensor; readonly coefficients: Tensor; readonly forwardEquivalents: Tensor }
  /** The estimate from the coefficients [K, m] of all directions, which it draws again from the key. */
  combine<P extends Tree>(params: P, coefficients: Tensor, ctx: { readonly key: Key }): P
}

/**
 * A gradient estimator: a record of pure functions. `S` is the state that it carries from step to step (`{}` for most).
 *
 * `init` and `estimate` are methods on purpose. TypeScript compares methods bivariantly, so an `Estimator<S>` may be
 * used as an `Estimator` wherever each state is passed back to the estimator that made it.
 */
export interface Estimator<S extends Tree = Tree> {
  readonly name: string
  /** How it evaluates the loss: values only, directional derivatives, or reverse mode. */
  readonly needs: 'evaluate' | 'jvp' | 'vjp'
  readonly unbiased: Unbiased
  /** The estimate in two halves, if it is a sum along directions. */
  readonly along?: AlongDirections
  /**
   * Whether the next state is a mean over samples and random numbers, such as a regression, so that the mean of the
   * next states of several estimates on parts of a batch is one as well. Then processes may share out the batch.
   * Absent: it may be anything.
   */
  readonly stateIsMean?: true
  init<P extends Tree>(params: P): S
  estimate<P extends Tree>(loss: Loss<P>, params: P, state: S, ctx: { key: Key }): Estimate<S, P>
}

/**
 * The facts that users choose an estimator by. Its declaration states them as `facts`; where options change one of
 * them, they hold for the defaults.
 */
export type EstimatorFacts = {
  /** The estimate as a formula in plain text: `(1/K) Σₖ (g·vₖ) vₖ`. */
  readonly estimate: string
  /** Its cost in forward passes. A directional derivative counts as one in addition to the shared primal: `1 + K`. */
  readonly cost: string
  /** Its bias: `none`, or what it neglects. */
  readonly bias: string
  /** E‖ĝ − g‖²/‖g‖² as a formula. */
  readonly variance: string
  /** The situation to choose it for: `a loss without derivatives`. */
  readonly use: string
  /** Its method in one sentence without symbols, for readers who know no calculus. */
  readonly plainly: string
  /** Which losses it takes: any, one with {@link LossParts}, or one over time with {@link SequenceParts}. */
  readonly loss: 'any' | 'with parts' | 'over time'
  /** As {@link Estimator.needs}. */
  readonly needs: Estimator['needs']
  /** As {@link Estimator.unbiased}. */
  readonly unbiased: Unbiased
  /** Whether it runs a reverse pass over time. */
  readonly reverseOverTime: boolean
  /** Whether it passes an error down through the layers. */
  readonly reverseOverLayers: boolean
  /** Which layers' weights it multiplies an error by, transposed: none, the readout's alone, or all. */
  readonly weightTransport: 'none' | 'readout' | 'all'
  /**
   * The variant that multiplies an error by no transposed weight: an option, or another estimator. Absent if it does so
   * itself.
   */
  readonly withoutTransport?: string
  /**
   * The information that the update of a hidden weight uses, in words: `its own layer, and the error at the output`.
   */
  readonly local: string
  /** How its memory grows with the number of time steps T. */
  readonly memoryInTime: 'constant' | 'square root' | 'linear'
  /** Whether it forms the readout's gradient exactly by itself, so that `exactReadout` adds nothing. */
  readonly formsReadout: boolean
}

/**
 * A transform of gradients into updates, in the style of optax: `update` returns the change that is **added** to the
 * parameters. An optimiser is a chain of such transforms.
 */
export interface Optimizer<S extends Tree = Tree> {
  readonly name: string
  init<P extends Tree>(params: P): S
  update<P extends Tree>(grad: P, state: S, params: P): { updates: P; state: S }
}

/** The state of an estimator or an optimiser that keeps nothing. */
export type Stateless = { readonly [name: string]: never }
