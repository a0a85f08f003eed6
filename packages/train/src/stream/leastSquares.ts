import { SpikewardError, add, div, matmul, mul, outer, reshape, scope, sub, sum, tensor, zeros } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/** State of {@link recursiveLeastSquares}: weights [features, outputs] and P [features, features], in f64. */
export type LeastSquaresState = { readonly weight: Tensor; readonly inverse: Tensor }

/** Options of {@link recursiveLeastSquares}. */
export interface LeastSquaresOptions {
  /** Penalty on the squares of the weights. Default 1e-3. */
  readonly ridge?: number
  /** λ: each sample multiplies the weight of those before it by λ, 0 < λ ≤ 1. Default 1. */
  readonly forgetting?: number
}

/** A linear readout that learns from one sample at a time. */
export interface LeastSquares {
  /** No sample yet: weights of 0. */
  init(features: number, outputs: number): LeastSquaresState
  /** φ W, of features [features]. */
  predict(state: LeastSquaresState, features: Tensor): Tensor
  /**
   * The state after a sample with features [features] and targets [outputs]. In a long stream the caller disposes the
   * previous state.
   */
  update(state: LeastSquaresState, features: Tensor, y: Tensor): LeastSquaresState
}

/**
 * Recursive least squares: after each sample, the ridge regression on all samples so far, with nothing stored but n²
 * numbers. It is forward only, needs one pass, and has no rate to choose. With features φ, targets y and forgetting λ,
 *
 *     m = P φ,   c = λ + φᵀ m,   W ← W + (m / c) (y − φᵀ W)ᵀ,   P ← (P − m mᵀ / c) / λ,   P₀ = 1 / ridge
 *
 * In f64, since P becomes ill-conditioned: in f32 it loses positive definiteness within some hundred samples of similar
 * features. P stays symmetric to the last bit, since forgetting multiplies a difference between its halves by 1 / λ in
 * each sample.
 *
 * @throws INVALID_OPTION
 * @see Haykin, Adaptive Filter Theory, chapter 10; as the readout of a recurrent network, Sussillo & Abbott 2009,
 *   10.1016/j.neuron.2009.07.018
 * @example
 * const readout = recursiveLeastSquares({ ridge: 1e-3 })
 * let state = readout.init(2, 1)
 * state = readout.update(state, tensor([1, 2], { dtype: 'f64' }), tensor([3], { dtype: 'f64' }))
 */
export function recursiveLeastSquares({ ridge = 1e-3, forgetting = 1 }: LeastSquaresOptions = {}): LeastSquares {
  if (!(ridge > 0 && Number.isFinite(ridge)))
    throw new SpikewardError('INVALID_OPTION', `recursiveLeastSquares: ridge is ${ridge}; give a number above 0`)
  if (!(forgetting > 0 && forgetting <= 1))
    throw new SpikewardError(
      'INVALID_OPTION',
      `recursiveLeastSquares: forgetting is ${forgetting}; give a number above 0, up to 1`,
    )
  const predict = ({ weight }: LeastSquaresState, features: Tensor): Tensor =>
    scope(() => reshape(matmul(reshape(features, [1, features.size]), weight), [weight.shape[1]!]))
  return {
    init: (features, outputs) => ({
      weight: zeros([features, outputs], 'f64'),
      inverse: tensor(
        Float64Array.from({ length: features ** 2 }, (_, i) => (i % (features + 1) === 0 ? 1 / ridge : 0)),
        { shape: [features, features], dtype: 'f64' },
      ),
    }),
    predict,
    update: (state, features, y) =>
      scope(() => {
        const n = features.size
        const moved = reshape(matmul(state.inverse, reshape(features, [n, 1])), [n])
        const scale = add(sum(mul(features, moved)), forgetting)
        return {
          weight: add(state.weight, outer(div(moved, scale), sub(y, predict(state, features)))),
          inverse: div(sub(state.inverse, div(outer(moved, moved), scale)), forgetting),
        }
      }),
  }
}
