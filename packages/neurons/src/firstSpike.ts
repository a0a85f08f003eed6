import { defineOptions, exp, greater, mul, number, pow, readOptions, where } from '@spikeward/core'
import type { OptionsOf, Tensor } from '@spikeward/core'

/** Options of {@link firstSpike}. */
export const firstSpikeOptions = /* @__PURE__ */ defineOptions(() => ({
  /** Width of the kernel that weights a spike by its time, in units of the membrane's time, τ > 0. Default 2.2. */
  tau: number({ min: 0, above: true, default: 2.2, help: 'width of the kernel that weights a spike by its time (τ)' }),
  /** Order k of the kernel: 1 is exponential, 2 Gaussian, larger ones come closer to a window of width τ. Default 4. */
  order: number({
    min: 1,
    default: 4,
    help: 'order of that kernel: 1 exponential, 2 Gaussian, larger ones near a window (k)',
  }),
}))

/** Options of {@link firstSpike}. */
export type FirstSpikeOptions = OptionsOf<typeof firstSpikeOptions>

/** Smaller currents spike after more than 1500 units of time: their value is 0. */
const MIN_CURRENT = 1e-6

/**
 * Code by the time of the first spike, of quadratic integrate-and-fire neurons in continuous time under a constant
 * current I:
 *
 *     V̇ = V² + I, V(0) = 0;   a spike where V → ∞, at t = π/(2√I) for I > 0, and never for I ≤ 0
 *     value = e^(−(t/τ)^k), and 0 without a spike
 *
 * Each neuron spikes at most once. The value is a smooth function of the current, with every derivative: as I falls to
 * 0 the spike moves to t = ∞, and its value and all derivatives vanish. No surrogate slope is needed, and a network of
 * such neurons has exact derivatives in its inputs.
 *
 * @param current I, any shape
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Klos & Memmesheimer, Phys. Rev. Lett. 2025, smooth exact gradients for quadratic neurons; Park et al., DAC 2020
 *   (T2FSNN), layers that take turns and weight spikes by a kernel of their time, there with k = 1. Other orders are
 *   ours: 1 − value falls as I^(−k/2), and slow tails are hard to cancel where a solution has a shock
 * @example
 * const values = firstSpike(tensor([-1, 1, 4]))
 * await values.data() // [0, 0.771, 0.984]
 */
export function firstSpike(current: Tensor, options: FirstSpikeOptions = {}): Tensor {
  const { tau, order } = readOptions('firstSpike', firstSpikeOptions, options)
  const spikes = greater(current, MIN_CURRENT)
  // 1/I of a current that never spikes would have the derivative ∞, times 0.
  const safe = where(spikes, current, 1)
  return where(spikes, exp(mul(pow(safe, -order / 2), -((Math.PI / (2 * tau)) ** order))), 0)
}
