import { cast, full, mul, pow, relu, sub } from '@spikeward/core'
import type { Coefficients, Physics, Tensor } from '@spikeward/core'

/**
 * The values of coefficients that follow a continuation, in one step: to · (from/to)^max(0, 1 − step/steps). None without a step, where
 * equations take their last value.
 */
export function continued(all: Physics['continuation'], step: Tensor | undefined): Coefficients {
  if (all === undefined || step === undefined) return {}
  const now = cast(step, 'f32')
  return Object.fromEntries(
    Object.entries(all).map(([name, { from, to, steps }]) => {
      const rest = relu(sub(1, mul(now, 1 / steps)))
      return [name, mul(pow(full([], from / to), rest), to)]
    }),
  )
}
