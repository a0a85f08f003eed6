import { div, exp, mul, number, sub } from '@spikeward/core'
import type { Filled, Tensor } from '@spikeward/core'

/** The options of {@link upstroke}. */
/* @__NO_SIDE_EFFECTS__ */
export function upstrokeOptions() {
  return {
    /** Sharpness Δ > 0 of the upstroke. */
    sharpness: number({ min: 0, above: true, default: 1, help: 'sharpness of the upstroke (Δ)' }),
    /** Rheobase threshold θ_r, at which the upstroke starts. */
    rheobase: number({ default: 0.8, help: 'membrane at which the upstroke starts (θ_r)' }),
  }
}

/** The term Δ exp((u − θ_r)/Δ) of an exponential membrane. */
export const upstroke = (u: Tensor, { sharpness, rheobase }: Filled<ReturnType<typeof upstrokeOptions>>): Tensor =>
  mul(sharpness, exp(div(sub(u, rheobase), sharpness)))
