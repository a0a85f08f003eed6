import { type Affine, type Tensor, add, div, mean, mul, sqrt, square, sub } from '@spikeward/core'

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
 *     Ŵᵢⱼ = (g/√m) (Wᵢⱼ − μⱼ)/σⱼ,   μⱼ = (1/m) Σᵢ Wᵢⱼ,   σⱼ² = (1/m) Σᵢ (Wᵢⱼ − μⱼ)²
 *
 * @param gain g
 * @see Qiao et al. 2019 (1903.10520); with a gain: Brock et al. 2021 (2101.08692)
 */
export function standardised(weight: Tensor, gain: number): Tensor {
  const { off, deviation } = centred(weight)
  return mul(div(off, deviation), gain / Math.sqrt(weight.shape[0]!))
}

/** The settings that the weights of hidden layers depend on. */
type Weighting = {
  readonly hidden: readonly number[]
  readonly residual?: boolean
  readonly standardiseWeights?: boolean
  readonly hiddenGain?: number | undefined
}

/**
 * g of hidden weights, of variance g²/fan_in at initialisation. The variances of residual layers add up, so each gets
 * an equal share. Weights of mean 0 shift no mean current, and a smaller g then saturates fewer neurons.
 */
export const hiddenDeviation = ({
  hidden,
  residual = false,
  standardiseWeights = false,
  hiddenGain,
}: Weighting): number =>
  (hiddenGain ?? (standardiseWeights ? 1 : 2)) / (residual ? Math.sqrt(Math.max(1, hidden.length - 1)) : 1)

/** Whether hidden layer l multiplies by a standardised weight; the first never does. */
const standardises = (options: Weighting, l: number): boolean =>
  options.standardiseWeights === true && l > 0 && l < options.hidden.length

/** Trained variables with the weights that the layers multiply by. */
export function withEffectiveWeights<T extends { readonly layers: readonly Affine[] }>(
  options: Weighting,
  trained: T,
): T {
  if (options.standardiseWeights !== true) return trained
  const gain = hiddenDeviation(options)
  const layers = trained.layers.map(
    (layer, l): Affine => (standardises(options, l) ? { ...layer, weight: standardised(layer.weight, gain) } : layer),
  )
  return { ...trained, layers }
}
