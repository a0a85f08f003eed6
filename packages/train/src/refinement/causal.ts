import {
  SpikewardError,
  cast,
  defineFactory,
  defineOptions,
  exp,
  expandDims,
  integer,
  less,
  mean,
  mul,
  neg,
  number,
  reshape,
  slice,
  text,
} from '@spikeward/core'
import type { OptionsOf, Tensor } from '@spikeward/core'
import type { Refinement } from './refinement.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Steps between two changes of the weights. Default 20. */
  every: integer({ min: 1, default: 20, help: 'steps between two changes of the weights' }),
  /** ε: with a larger value, later times begin to count later. Default 10. */
  strength: number({ min: 0, default: 10, help: 'strength (ε)' }),
  /** The axis of time. Default `t`. */
  axis: text({ default: 't', help: 'axis of time' }),
}))

/** Options of {@link causal}. */
export type CausalOptions = OptionsOf<typeof options>

/**
 * Causal weights: the residual at a time counts once the residuals of earlier times are small,
 *
 *     w(t) = exp(−ε · mean over points q of r²_q [t_q < t])
 *
 * The mean runs over all points, and a point of a later time adds 0. For evenly spread points it approximates the
 * integral of r² over space and time up to t, as a share of the domain's size. With {@link rad} the points gather where
 * r² is large, so that the mean is an integral over their density and grows sooner: choose a smaller ε for the same
 * delay. The paper sums over slabs of time; here every point is compared with every other. Only values of the residual
 * are used, so it is forward only.
 *
 * @throws INVALID_OPTION for an axis that the equation does not have; UNKNOWN_OPTION
 * @see Wang, Sankaran & Perdikaris, Comput. Methods Appl. Mech. Eng. 2024
 */
export const causal = /* @__PURE__ */ defineFactory(
  {
    kind: 'refinement',
    name: 'causal',
    summary: 'residuals count once those of earlier times are small',
    facts: { source: 'Wang, Sankaran & Perdikaris 2024' },
    options,
  },
  (read) =>
    (settings: CausalOptions = {}): Refinement => {
      const { every, strength, axis } = read(settings)
      return {
        name: 'causal',
        every,
        weights({ axes, residuals }, points) {
          const index = axes.indexOf(axis)
          if (index < 0) {
            throw new SpikewardError(
              'INVALID_OPTION',
              `causal weights along '${axis}'; the axes are ${axes.join(', ')}; name the axis of time`,
            )
          }
          const count = points.shape[0]!
          const time: Tensor = reshape(slice(points, [0, index], [count, index + 1]), [count])
          const squares = residuals(points)
          const earlier = cast(less(expandDims(time, 0), expandDims(time, 1)), squares.dtype)
          return exp(mul(neg(mean(mul(earlier, expandDims(squares, 0)), 1)), strength))
        },
      }
    },
)
