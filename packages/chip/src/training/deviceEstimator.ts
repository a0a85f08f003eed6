import type { Key, Tensor } from '@spikeward/core'
import type { DeviceNetwork, DeviceParams } from './deviceNetwork.js'

/**
 * One evaluation of a network on the chip: parameters, and currents, i32 [N, neurons], that are added to the neurons of
 * each layer.
 */
export type DeviceEvaluation = { readonly params: DeviceParams; readonly currents: readonly (Tensor | null)[] }

/** The data of a step from which an estimator computes the estimate: integers only. */
export interface DeviceMeasurement {
  readonly key: Key
  /** Difference of the two losses of every sample, i32 [N], within ±127. */
  readonly differences: Tensor
  /**
   * The inputs of each layer, summed over the two evaluations: payloads for the first, spike counts above, i32 [N, in].
   */
  readonly presynaptic: readonly Tensor[]
}

/**
 * The device form of an estimator: integers only, local state, two losses from the host. Your own record of this type
 * trains like the three estimators of this package.
 *
 * A step evaluates the losses ℓ₊ and ℓ₋ of the two evaluations with true spikes; the host sends (ℓ₊ − ℓ₋)ₙ as words of
 * 8 bits; `estimate` gives an integer for each parameter, proportional to the estimate of the gradient. All estimators
 * share the same update.
 */
export interface DeviceEstimator {
  readonly name: string
  /** The two evaluations of a step. Pure and traceable; the same key gives the same random numbers in `estimate`. */
  perturb(
    network: DeviceNetwork,
    params: DeviceParams,
    ctx: { readonly key: Key; readonly samples: number },
  ): { readonly plus: DeviceEvaluation; readonly minus: DeviceEvaluation }
  /** The estimate of every parameter, i32, within the chip's state bits. Pure and traceable. */
  estimate(network: DeviceNetwork, params: DeviceParams, measured: DeviceMeasurement): DeviceParams
  /** The largest magnitude of an estimate of layer l, for the checker of word lengths. */
  largestEstimate(network: DeviceNetwork, l: number, samples: number): number
}
