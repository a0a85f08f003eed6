import {
  cast,
  checkValue,
  customJvp,
  defineOptions,
  greater,
  greaterEqual,
  mul,
  option,
  readOptions,
  surrogateOption,
} from '@spikeward/core'
import type { OptionsOf, Spike, Surrogate, Tensor } from '@spikeward/core'

/** Options of {@link spike}, for parts that make spikes themselves. */
export const spikeOptions = /* @__PURE__ */ defineOptions(() => ({
  /** H(0): whether a membrane exactly at its threshold fires (1) or not (0, the default). */
  atThreshold: option<0 | 1, { readonly default: 0; readonly help: string }>(
    {
      name: 'integer',
      expects: '0 or 1',
      accepts: (x): x is 0 | 1 => x === 0 || x === 1,
      parse: (text) => ({ 0: 0, 1: 1 })[text.trim()],
      range: { min: 0, max: 1 },
    },
    { default: 0, help: 'whether a membrane exactly at its threshold fires' },
  ),
}))

/** The slope that a spike takes, for messages about other values. */
const takesSurrogate = /* @__PURE__ */ surrogateOption({ required: true, help: 'slope that replaces the derivative' })

/** Options of {@link spike}. */
export type SpikeOptions = OptionsOf<typeof spikeOptions>

/**
 * The spike function: a step whose derivative is the slope of a surrogate.
 *
 *     s = H(u),  H(u) = 1 for u > 0, 0 for u < 0, `atThreshold` for u = 0
 *     ṡ = slope(u) · u̇
 *
 * u = membrane − threshold, of any shape; the result has its shape and dtype and is known to be binary. Forward mode,
 * reverse mode, `vmap` and second derivatives (which differentiate the slope) all pass through it.
 * H(0): 0 is snnTorch's and Norse's convention, 1 is SpikingJelly's.
 *
 * @throws INVALID_OPTION if `surrogate` is none, such as `atan` in place of `atan()`
 * @example
 * const fire = spike(atan({ alpha: 2 }))
 * await fire(tensor([-0.5, 0, 0.5])).data() // [0, 0, 1]
 */
export function spike(surrogate: Surrogate, settings: SpikeOptions = {}): Spike {
  checkValue('spike', 'surrogate', takesSurrogate, surrogate)
  const { atThreshold } = readOptions('spike', spikeOptions, settings)
  const fires = atThreshold === 1 ? greaterEqual : greater
  const heaviside = (u: Tensor): Tensor => cast(fires(u, 0), u.dtype)
  return customJvp(heaviside, ([u], [du]) => [heaviside(u!), mul(surrogate.slope(u!), du!)])
}
