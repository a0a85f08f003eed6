import { add, broadcastTo, full, mul, reshape, slice, sub, tensor, uniform, zeros } from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'
import { columns, integrate } from './integrate.js'
import type { SequenceProblem } from './sequence.js'

const [SIGMA, RHO, BETA] = [10, 28, 8 / 3]

/** About half the time in which a small difference of two solutions grows by the factor e. */
const HORIZON = 0.6

/**
 * The Lorenz system over a short time, from its initial state to x(t):
 *
 *     x′ = 10 (y − x),   y′ = x (28 − z) − y,   z′ = x y − 8/3 z,   t ∈ [0, 0.6]
 *
 * x(0), y(0) ∈ [−10, 10] and z(0) ∈ [15, 35]. Every step receives the same initial state; the network must keep track
 * of time by itself.
 */
export const lorenz: SequenceProblem = {
  name: 'lorenz',
  title: 'Lorenz system over 0.6 time units, from its initial state',
  inputs: 3,
  memory: 0.5,
  draw(key: Key, count: number, time: number) {
    const unit = uniform(key, [count, 3], { min: -1, max: 1 })
    const column = (s: Tensor, i: number): Tensor => reshape(slice(s, [0, i], [count, i + 1]), [count])
    const start = add(mul(unit, 10), tensor([0, 0, 25]))
    const states = integrate(
      (s) => {
        const [x, y, z] = [column(s, 0), column(s, 1), column(s, 2)]
        return columns(mul(sub(y, x), SIGMA), sub(mul(x, sub(RHO, z)), y), sub(mul(x, y), mul(z, BETA)))
      },
      start,
      zeros([]),
      { horizon: HORIZON, time },
    )
    return {
      x: broadcastTo(unit, [time, count, 3]),
      target: mul(slice(states, [0, 0, 0], [time, count, 1]), 0.1),
      share: full([time, count, 1], 1 / time),
    }
  },
}
