import {
  add,
  arange,
  broadcastTo,
  concatenate,
  expandDims,
  full,
  mul,
  reshape,
  sin,
  slice,
  square,
  sub,
  sum,
  uniform,
  zeros,
} from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'
import { columns, integrate } from './integrate.js'
import type { SequenceProblem } from './sequence.js'

const [HORIZON, WAVES, STRENGTH] = [10, 3, 1.5]
/** Largest damping μ: the solution rests for about μ, and falls within 1/μ. */
const STIFFEST = 5

/** f(t) = Σₖ aₖ sin(ωₖ t + φₖ), [N], from [N, waves] each. */
const force = (a: Tensor, omega: Tensor, phase: Tensor, t: Tensor): Tensor =>
  sum(mul(a, sin(add(mul(omega, t), phase))), 1)

/**
 * The driven Van der Pol oscillator as an operator from the force to the position:
 *
 *     x″ = μ (1 − x²) x′ − x + 1.5 f(t),   x(0) = 2, x′(0) = 0,   t ∈ [0, 10],   μ ∈ [1, 5]
 *
 * A step receives f and μ; f is a sum of three waves with frequencies from 0.5 to 2.
 */
export const vanDerPol: SequenceProblem = {
  name: 'van-der-pol',
  title: 'Driven Van der Pol oscillator, μ from 1 to 5',
  inputs: 2,
  memory: 0.25,
  draw(key: Key, count: number, time: number) {
    const [a, w, p, m] = key.split(4) as [Key, Key, Key, Key]
    const amplitude = uniform(a, [count, WAVES], { min: -1, max: 1 })
    const omega = uniform(w, [count, WAVES], { min: 0.5, max: 2 })
    const phase = uniform(p, [count, WAVES], { min: 0, max: 2 * Math.PI })
    const mu = uniform(m, [count], { min: 1, max: STIFFEST })
    const column = (s: Tensor, i: number): Tensor => reshape(slice(s, [0, i], [count, i + 1]), [count])
    const states = integrate(
      (s, t) => {
        const [x, v] = [column(s, 0), column(s, 1)]
        const push = mul(force(amplitude, omega, phase, t), STRENGTH)
        return columns(v, add(sub(mul(mul(mu, sub(1, square(x))), v), x), push))
      },
      columns(full([count], 2), zeros([count])),
      zeros([]),
      { horizon: HORIZON, time },
    )
    const times = mul(add(arange(time, 'f32'), 1), HORIZON / time)
    const waves = sin(add(mul(expandDims(omega, 0), reshape(times, [time, 1, 1])), expandDims(phase, 0)))
    const f = sum(mul(expandDims(amplitude, 0), waves), 2)
    const damping = broadcastTo(sub(mul(mu, 2 / (STIFFEST - 1)), (STIFFEST + 1) / (STIFFEST - 1)), [time, count])
    return {
      x: concatenate([expandDims(f, 2), expandDims(damping, 2)], 2),
      target: slice(states, [0, 0, 0], [time, count, 1]),
      share: full([time, count, 1], 1 / time),
    }
  },
}
