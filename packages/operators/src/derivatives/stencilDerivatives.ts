import { SpikewardError, broadcastTo, mul, sum, tensor } from '@spikeward/core'
import type { Differentiate } from '@spikeward/core'
import { shifted } from './shifted.js'

/** Options of {@link stencilDerivatives}. */
export type StencilDerivativesOptions = {
  /** Distance h between two points of the stencil, in the unit of the coordinate: one number, or one for each axis. */
  readonly step: number | readonly number[]
  /** Order of accuracy: the error is of order h to this power. Default 2. */
  readonly accuracy?: 2 | 4
}

/** Offsets in units of h, and weights in units of 1/hᵏ. */
const stencils = {
  2: {
    1: { offsets: [-1, 1], weights: [-1 / 2, 1 / 2] },
    2: { offsets: [-1, 0, 1], weights: [1, -2, 1] },
  },
  4: {
    1: { offsets: [-2, -1, 1, 2], weights: [1 / 12, -2 / 3, 2 / 3, -1 / 12] },
    2: { offsets: [-2, -1, 0, 1, 2], weights: [-1 / 12, 4 / 3, -5 / 2, 4 / 3, -1 / 12] },
  },
} as const

/**
 * (d) Derivatives in the coordinates by central differences on the network: (u(x + h) − u(x − h))/2h and
 * (u(x + h) − 2u(x) + u(x − h))/h², or their five-point versions. Nothing is differentiated: spikes of any kind will do.
 *
 * Rates of T steps are known to 1/T only: choose h so large that u changes by much more over it, or the stencil measures
 * steps. In f32 rounding adds about 1e-7/hᵏ.
 *
 * @throws INVALID_OPTION for a step that is not above 0
 */
export function stencilDerivatives(options: StencilDerivativesOptions): Differentiate {
  const { step, accuracy = 2 } = options
  const steps = typeof step === 'number' ? [step] : step
  if (steps.length === 0 || !steps.every((h) => h > 0 && Number.isFinite(h))) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `stencilDerivatives: step = [${steps.join(', ')}]; give a finite number above 0, or one for each axis`,
    )
  }
  return (u) => ({
    at: u,
    d(c, axis, order = 1) {
      const h = typeof step === 'number' ? step : step[axis]
      if (h === undefined) {
        throw new SpikewardError(
          'INVALID_OPTION',
          `stencilDerivatives: no step for axis ${axis}; give one for each axis`,
        )
      }
      const { offsets, weights } = stencils[accuracy][order]
      const like = c.kind === 'points' ? c.x : c.axes[axis]!
      const column = (values: readonly number[]) =>
        broadcastTo(tensor([...values], { dtype: like.dtype, shape: [values.length, 1] }), [
          values.length,
          like.shape[0]!,
        ])
      const probe = shifted(u, c, axis, column(offsets.map((o) => o * h)))
      return sum(mul(probe.values, probe.spread(column(weights.map((w) => w / h ** order)))), probe.place)
    },
  })
}
