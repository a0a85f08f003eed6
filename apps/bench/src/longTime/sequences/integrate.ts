import { add, concatenate, expandDims, mul, scan } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'

/** The least number of Runge–Kutta steps of a solution. */
const MIN_STEPS = 512

/** A state [N, d] and its time. */
type Now = { readonly state: Tensor; readonly t: Tensor }

/**
 * Solves s' = f(s, t) by the Runge–Kutta method of order 4, with several steps between two times where `time` is small.
 *
 * @param start the state at t = 0, [N, d]
 * @param zero 0 as a scalar tensor
 * @returns states [time, N, d] at t = horizon/time, 2 horizon/time, … horizon
 */
export function integrate(
  f: (state: Tensor, t: Tensor) => Tensor,
  start: Tensor,
  zero: Tensor,
  { horizon, time }: { readonly horizon: number; readonly time: number },
): Tensor {
  const within = Math.max(1, Math.ceil(MIN_STEPS / time))
  const h = horizon / time / within
  const along = (s: Tensor, k: Tensor, length: number): Tensor => add(s, mul(k, length))
  const step = ({ state, t }: Now): Now => {
    const [middle, end] = [add(t, h / 2), add(t, h)]
    const k1 = f(state, t)
    const k2 = f(along(state, k1, h / 2), middle)
    const k3 = f(along(state, k2, h / 2), middle)
    const k4 = f(along(state, k3, h), end)
    return { state: along(state, add(add(k1, k4), mul(add(k2, k3), 2)), h / 6), t: end }
  }
  const [, states] = scan(
    (now: Now): [Now, Tensor] => {
      const [next] = scan((n: Now): [Now, Tree] => [step(n), []], now, null, { length: within })
      return [next, next.state]
    },
    { state: start, t: zero },
    null,
    { length: time },
  )
  return states
}

/** Columns [N] as [N, d]. */
export const columns = (...each: readonly Tensor[]): Tensor =>
  concatenate(
    each.map((c) => expandDims(c, 1)),
    1,
  )
