import {
  add,
  cast,
  defineFactory,
  defineOptions,
  div,
  equal,
  iota,
  matmul,
  mean,
  mul,
  number,
  reshape,
  slice,
  solveSpd,
  sub,
  sum,
  transpose,
} from '@spikeward/core'
import type { OptionsOf, Tensor, Variables } from '@spikeward/core'
import { READOUT_PENALTY } from './solverOptions.js'
import type { FeatureNetwork, WithCentre, WithReadout } from '../shared/networkOptions.js'

/** Options of {@link solveReadout}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  /** Penalty, relative to the mean variance of a feature. Default 1e-4, for f32. */
  lambda: number({
    min: 0,
    above: true,
    default: READOUT_PENALTY,
    help: 'penalty, relative to the mean variance of a feature (λ)',
  }),
}))

/** Options of {@link solveReadout}. */
export type SolveReadoutOptions = OptionsOf<typeof options>

/**
 * The exact readout for the current features: least squares with a small penalty, over all given points.
 *
 *     W = (C + λ tr(C)/width · I)⁻¹ cov(r, y),   b = ȳ − (r̄ − c)W
 *
 * The function is pure and traceable. As a callback of a run (`{ every: 20, run: solveReadout(network) }`) it keeps the
 * readout optimal while the estimator trains the spiking layers. It factorises in the precision of the network. The
 * penalty must be positive, because features are often dependent.
 *
 * @returns the new learned variables
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 */
export const solveReadout = /* @__PURE__ */ defineFactory(
  { kind: 'solver', name: 'solveReadout', summary: 'exact readout of a network of points, by least squares', options },
  (read) =>
    <P extends WithReadout, F extends WithCentre>(
      network: FeatureNetwork<Variables<P, F>>,
      settings: SolveReadoutOptions = {},
    ): ((variables: Variables<P, F>, data: { readonly x: Tensor; readonly y: Tensor }) => P) => {
      const { lambda } = read(settings)
      return (variables, { x, y }) => {
        const { centre, output } = variables.fixed
        const rates = network.features(variables, x)
        const target = div(sub(y, output.shift), output.scale)
        const rateMean = mean(rates, 0)
        const targetMean = mean(target, 0)
        const phi = sub(rates, rateMean)
        const width = phi.shape[1]!
        const covariance = meanProduct(phi, phi)
        const diagonal = cast(equal(iota([width, width], 0, 'i32'), iota([width, width], 1, 'i32')), phi.dtype)
        const penalty = add(mul(sum(mul(covariance, diagonal)), lambda / width), 1e-12)
        const right = meanProduct(phi, sub(target, targetMean))
        const weight = solveSpd(add(covariance, mul(diagonal, penalty)), right)
        const bias = sub(targetMean, matmul(sub(rateMean, centre), weight))
        return { ...variables.trained, readout: { weight, bias } }
      }
    },
)

/** Rows that are summed at once. */
const BLOCK = 4096

/**
 * AᵀB/n of n rows, in blocks. The error of a single f32 sum over 70,000 rows exceeds the penalty: the covariance of
 * dependent features would not be positive definite, and the readout NaN.
 */
function meanProduct(a: Tensor, b: Tensor): Tensor {
  const n = a.shape[0]!
  const blocks = Math.floor(n / BLOCK)
  if (n <= BLOCK) return div(matmul(transpose(a), b), n)
  const whole = blocks * BLOCK
  const stacked = (t: Tensor): Tensor => reshape(slice(t, [0, 0], [whole, t.shape[1]!]), [blocks, BLOCK, t.shape[1]!])
  const rest = (t: Tensor): Tensor => slice(t, [whole, 0], [n, t.shape[1]!])
  const product = sum(matmul(transpose(stacked(a), [0, 2, 1]), stacked(b)), 0)
  return div(whole === n ? product : add(product, matmul(transpose(rest(a)), rest(b))), n)
}
