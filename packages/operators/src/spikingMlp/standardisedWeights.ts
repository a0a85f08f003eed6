import { add, div, mean, mul, sqrt, square, sub } from '@spikeward/core'
import type { Affine, Tensor, WeightMap } from '@spikeward/core'

/** Keeps the quotient finite if all weights into a neuron are equal. */
const MIN_VARIANCE = 1e-12

/** The weights [m, n] minus their mean over the inputs of each neuron, and the standard deviations [1, n]. */
function centred(weight: Tensor): { readonly off: Tensor; readonly deviation: Tensor } {
  const off = sub(weight, mean(weight, 0, { keepDims: true }))
  const variance = mean(square(off), 0, { keepDims: true })
  return { off, deviation: sqrt(add(variance, MIN_VARIANCE)) }
}

/**
 * Weight standardisation: the weights into each neuron j have mean 0 and standard deviation g/√m,
 *
 *     Ŵᵢⱼ = (g/√m) nᵢⱼ,   nᵢⱼ = (Wᵢⱼ − μⱼ)/σⱼ,   μⱼ = (1/m) Σᵢ Wᵢⱼ,   σⱼ² = (1/m) Σᵢ (Wᵢⱼ − μⱼ)²
 *     ∇Wᵢⱼ = (g/√m) (∇Ŵᵢⱼ − (1/m) Σₖ ∇Ŵₖⱼ − nᵢⱼ (1/m) Σₖ ∇Ŵₖⱼ nₖⱼ)/σⱼ
 *
 * @param gain g
 * @see Qiao et al. 2019 (1903.10520); with a gain: Brock et al. 2021 (2101.08692)
 */
export function standardisation(gain: number): WeightMap {
  const scaled = (x: Tensor, weight: Tensor): Tensor => mul(x, gain / Math.sqrt(weight.shape[0]!))
  return {
    of(weight) {
      const { off, deviation } = centred(weight)
      return scaled(div(off, deviation), weight)
    },
    pull(weight, cotangent) {
      const { off, deviation } = centred(weight)
      const unit = div(off, deviation)
      const level = mean(cotangent, 0, { keepDims: true })
      const along = mul(unit, mean(mul(cotangent, unit), 0, { keepDims: true }))
      return scaled(div(sub(sub(cotangent, level), along), deviation), weight)
    },
  }
}

/** The settings that the weights of hidden layers depend on. */
type Weighting = {
  readonly hidden: readonly number[]
  readonly residual?: boolean
  readonly standardiseWeights?: boolean
  readonly hiddenGain?: number | undefined
}

/**
 * g of hidden weights, of variance g²/fan_in at initialisation. The variances of residual layers add up, so each gets an equal share.
 * Weights of mean 0 shift no mean current, and a smaller g then saturates fewer neurons.
 */
export const hiddenDeviation = ({
  hidden,
  residual = false,
  standardiseWeights = false,
  hiddenGain,
}: Weighting): number =>
  (hiddenGain ?? (standardiseWeights ? 1 : 2)) / (residual ? Math.sqrt(Math.max(1, hidden.length - 1)) : 1)

/** The map of the weight of hidden layer l; null if the layer multiplies by the weight itself, as the first does always. */
export const weightMapOf = (options: Weighting, l: number): WeightMap | null =>
  options.standardiseWeights === true && l > 0 && l < options.hidden.length
    ? standardisation(hiddenDeviation(options))
    : null

/** Trained variables with the weights that the layers multiply by. */
export function withEffectiveWeights<T extends { readonly layers: readonly Affine[] }>(
  options: Weighting,
  trained: T,
): T {
  if (options.standardiseWeights !== true) return trained
  const layers = trained.layers.map((layer, l): Affine => {
    const map = weightMapOf(options, l)
    return map === null ? layer : { ...layer, weight: map.of(layer.weight) }
  })
  return { ...trained, layers }
}
