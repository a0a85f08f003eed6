import {
  SpikewardError,
  add,
  div,
  iota,
  matmul,
  mean,
  mul,
  solveSpd,
  sub,
  sum,
  equal,
  cast,
  transpose,
} from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import type { FeatureNetwork, WithCentre, WithReadout } from '../shared/featureNetwork.js'
import type { Variables } from '../shared/variables.js'

/** Options of {@link solveReadout}. */
export type SolveReadoutOptions = {
  /** Penalty, relative to the mean variance of a feature. Default 1e-4: less is lost in f32. */
  readonly lambda?: number
}

/**
 * The exact readout for the features as they are: least squares with a small penalty, over all points given.
 *
 *     W = (C + λ tr(C)/width · I)⁻¹ cov(r, y),   b = ȳ − (r̄ − c)W
 *
 * Pure and traceable: as an interlude of a run (`{ every: 20, run: solveReadout(network) }`) it keeps the readout at
 * its best while the estimator moves the spiking layers. The factorisation is done in the network's own precision.
 *
 * @returns what replaces the learned variables
 * @throws INVALID_OPTION
 */
export function solveReadout<P extends WithReadout, F extends WithCentre>(
  network: FeatureNetwork<Variables<P, F>>,
  { lambda = 1e-4 }: SolveReadoutOptions = {},
): (variables: Variables<P, F>, data: { readonly x: Tensor; readonly y: Tensor }) => P {
  if (!(lambda > 0 && Number.isFinite(lambda))) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `solveReadout: lambda = ${lambda}; give a finite number above 0: features are often dependent`,
    )
  }
  return (variables, { x, y }) => {
    const { centre, output } = variables.fixed
    const rates = network.features(variables, x)
    const target = div(sub(y, output.shift), output.scale)
    const rateMean = mean(rates, 0)
    const targetMean = mean(target, 0)
    const phi = sub(rates, rateMean)
    const [count, width] = phi.shape as [number, number]
    const covariance = div(matmul(transpose(phi), phi), count)
    const diagonal = cast(equal(iota([width, width], 0, 'i32'), iota([width, width], 1, 'i32')), phi.dtype)
    const penalty = add(mul(sum(mul(covariance, diagonal)), lambda / width), 1e-12)
    const right = div(matmul(transpose(phi), sub(target, targetMean)), count)
    const weight = solveSpd(add(covariance, mul(diagonal, penalty)), right)
    const bias = sub(targetMean, matmul(sub(rateMean, centre), weight))
    return { ...variables.trained, readout: { weight, bias } }
  }
}
