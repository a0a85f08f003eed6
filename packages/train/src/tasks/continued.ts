import { cast, full, mul, pow, relu, sub } from '@spikeward/core'
import type { Coefficients, Physics, Tensor } from '@spikeward/core'

/**
 * The values at one step of coefficients that follow a continuation: to · (from/to)^max(0, 1 − step/steps). Without a
 * step it is empty, and equations use the last values.
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
