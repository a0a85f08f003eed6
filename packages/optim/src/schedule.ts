import {
  add,
  cast,
  cos,
  div,
  floor,
  full,
  greaterEqual,
  isFloat,
  maximum,
  minimum,
  mul,
  pow,
  sub,
  where,
} from '@spikeward/core'
import type { Tensor, TensorLike } from '@spikeward/core'
import { checkNames, checkNumber, checkRate } from './options.js'

/**
 * A learning rate as a function of the step: a scalar tensor that counts from 0. Made of operations only, so that a
 * whole training step, rate
 * and all, is one `jit`. It computes in the step's floating type (f32 for an integer step).
 */
export type Schedule = (step: Tensor) => TensorLike

/**
 * The same rate always.
 *
 * @throws INVALID_LEARNING_RATE
 * @example const rate = constant(1e-3)
 */
export function constant(rate: number): Schedule {
  checkRate('constant', rate)
  return () => rate
}

/** Options of {@link cosineDecay}. */
export type CosineDecayOptions = {
  /** Rate at step 0. */
  readonly initial: number
  /** Steps until the floor is reached; it stays there. */
  readonly steps: number
  /** Last rate as a share of the first, 0 to 1, default 1e-3. */
  readonly floor?: number
}

/**
 * Half a cosine from the initial rate down to a floor: r(t) = r₀ (f + (1 − f)·½(1 + cos(π·min(t/n, 1)))).
 *
 * @throws INVALID_LEARNING_RATE, INVALID_OPTION, UNKNOWN_OPTION
 * @see Loshchilov & Hutter 2016 (1608.03983), without restarts
 * @example const rate = cosineDecay({ initial: 1e-3, steps: 10_000 })
 */
export function cosineDecay(options: CosineDecayOptions): Schedule {
  checkNames('cosineDecay', options, ['initial', 'steps', 'floor'])
  const initial = checkRate('cosineDecay', options.initial)
  const steps = checkNumber('cosineDecay', 'steps', options.steps, 'count')
  const share = checkNumber('cosineDecay', 'floor', options.floor ?? 1e-3, 'notNegative')
  return (step) => {
    const done = minimum(div(real(step), steps), 1)
    return mul(add(mul(add(cos(mul(done, Math.PI)), 1), (1 - share) / 2), share), initial)
  }
}

/** Options of {@link exponentialDecay}. */
export type ExponentialDecayOptions = {
  /** Rate at step 0. */
  readonly initial: number
  /** Factor for every `every` steps. */
  readonly factor: number
  /** Steps for one factor. */
  readonly every: number
  /** True: the rate falls only at multiples of `every`. Default false: a little at each step. */
  readonly staircase?: boolean
  /** Least rate, default 0. */
  readonly floor?: number
}

/**
 * A rate that shrinks by a factor: r(t) = max(floor, r₀ γ^(t/n)), with ⌊t/n⌋ for a staircase.
 *
 * @throws INVALID_LEARNING_RATE, INVALID_OPTION, UNKNOWN_OPTION
 * @example const rate = exponentialDecay({ initial: 1e-2, factor: 0.5, every: 1000 })
 */
export function exponentialDecay(options: ExponentialDecayOptions): Schedule {
  checkNames('exponentialDecay', options, ['initial', 'factor', 'every', 'staircase', 'floor'])
  const initial = checkRate('exponentialDecay', options.initial)
  const factor = checkNumber('exponentialDecay', 'factor', options.factor, 'positive')
  const every = checkNumber('exponentialDecay', 'every', options.every, 'count')
  const least = checkRate('exponentialDecay', options.floor ?? 0)
  return (step) => {
    const periods = div(real(step), every)
    return maximum(mul(pow(factor, options.staircase === true ? floor(periods) : periods), initial), least)
  }
}

/**
 * A rate that jumps at given steps: the first, then from each named step on the rate named with it.
 *
 * @param initial rate before the first jump
 * @param jumps pairs of step and new rate, by rising step
 * @throws INVALID_LEARNING_RATE, INVALID_OPTION where the steps do not rise
 * @example const rate = piecewise(1e-2, [[1000, 3e-3], [5000, 1e-3]])
 */
export function piecewise(initial: number, jumps: readonly (readonly [step: number, rate: number])[]): Schedule {
  checkRate('piecewise', initial)
  jumps.forEach(([at, rate], i) => {
    checkNumber('piecewise', `step of jump ${i}`, at - (jumps[i - 1]?.[0] ?? 0), 'count')
    checkRate('piecewise', rate)
  })
  return (step) => {
    const t = real(step)
    return jumps.reduce((rate, [at, next]) => where(greaterEqual(t, at), next, rate), fullLike(t, initial))
  }
}

/**
 * A linear rise into another schedule: r(t) = then(0)·(t + 1)/n for t < n, and then(t − n) from there on.
 * The first step already moves: its rate is then(0)/n, where other libraries take 0.
 *
 * @param steps n
 * @throws INVALID_OPTION
 * @example const rate = warmUp(100, cosineDecay({ initial: 1e-3, steps: 9_900 }))
 */
export function warmUp(steps: number, then: Schedule): Schedule {
  checkNumber('warmUp', 'steps', steps, 'count')
  return (step) => {
    const t = real(step)
    const late = maximum(sub(t, steps), 0)
    return mul(minimum(div(add(t, 1), steps), 1), then(late)) // then(late) is then(0) all through the rise
  }
}

const fullLike = (t: Tensor, value: number): Tensor => full(t.shape, value, t.dtype)

const real = (step: Tensor): Tensor => (isFloat(step.dtype) ? step : cast(step, 'f32'))
