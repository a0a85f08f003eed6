import { abs, add, cos, defineFactory, defineOptions, less, mul, number, where } from '@spikeward/core'
import type { OptionsOf, Surrogate } from '@spikeward/core'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** w, how far from the threshold the slope reaches. */
  width: number({ min: 0, above: true, default: 1, help: 'how far from the threshold the slope reaches (w)' }),
}))

/** Options of {@link raisedCosine}. */
export type RaisedCosineOptions = OptionsOf<typeof options>

/**
 * A slope of compact support without a corner: (1 + cos(πu/w))/(2w) for |u| < w, else 0. Its area is 1. The slope and
 * its derivative are continuous; the second derivative jumps at ±w.
 *
 * @throws INVALID_OPTION
 * @example const fire = spike(raisedCosine({ width: 0.5 }))
 */
export const raisedCosine = /* @__PURE__ */ defineFactory(
  { kind: 'surrogate', name: 'raisedCosine', summary: 'raised cosine: compact support without a corner', options },
  (read) =>
    (settings: RaisedCosineOptions = {}): Surrogate => {
      const { width } = read(settings)
      return {
        name: 'raisedCosine',
        slope: (u) => where(less(abs(u), width), mul(add(cos(mul(u, Math.PI / width)), 1), 1 / (2 * width)), 0),
        smoothness: 1,
        support: 'compact',
      }
    },
)
