import { mul, number, sub } from '@spikeward/core'
import type { Filled, Tensor } from '@spikeward/core'

/** The options of {@link parabola}. */
/* @__NO_SIDE_EFFECTS__ */
export function parabolaOptions() {
  return {
    /** Critical membrane u_c above which it runs away. */
    criticalMembrane: number({ default: 0.8, help: 'membrane above which it runs away (u_c)' }),
    /** Steepness a₀ > 0. */
    steepness: number({ min: 0, above: true, default: 1, help: 'steepness of the parabola (a₀)' }),
  }
}

/** The term a₀(u − u₀)(u − u_c) of a quadratic membrane. */
export const parabola = (
  u: Tensor,
  {
    steepness,
    restMembrane: rest,
    criticalMembrane: critical,
  }: Filled<ReturnType<typeof parabolaOptions>> & { readonly restMembrane: number },
): Tensor => mul(steepness, mul(sub(u, rest), sub(u, critical)))
