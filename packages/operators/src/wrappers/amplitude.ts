import {
  SpikewardError,
  add,
  cast,
  concatenate,
  div,
  equal,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  sub,
} from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/** How large an input function is, and what is left of it without that. All are made of tensor operations only. */
export type Amplitude = {
  /** α(f) ≥ 0, [N, 1], of f [N, m]. */
  of(f: Tensor): Tensor
  /** What a network is given in place of f: f/α [N, m], and where it is told the amplitude one more column. */
  divide(f: Tensor): Tensor
  /** α(f) · raw, for a field [N, …] of those functions: the output side, as an output transform has it. */
  apply(raw: Tensor, f: Tensor): Tensor
  /** Columns of `divide` beyond those of f: 0 or 1. */
  readonly told: 0 | 1
}

/** Options of {@link amplitude}. */
export type AmplitudeOptions = {
  /** What α is measured in: a function of this root mean square has α = 1. That of the training functions is meant. */
  readonly unit: number
  /** Whether the network is told the amplitude, for operators that are not homogeneous. Default false. */
  readonly told?: boolean
}

/**
 * The amplitude of functions by their values at the sensors,
 *
 *     α(f) = √(mean_s f(s)²)/unit,   f̂ = f/α
 *
 * so that all f̂ have the root mean square of the training functions, whatever f has: no function is larger than those
 * learned from. Where the network is told, one more column is (α − 1)/(α + 1), which lies in [−1, 1) and is 0 at α = 1.
 *
 * A function that vanishes at all sensors has α = 0; it is divided by 1, so that nothing is NaN.
 *
 * @throws INVALID_OPTION for a unit that is not above 0
 * @example const size = amplitude({ unit: rootMeanSquare(train.sensors) })
 */
export function amplitude({ unit, told = false }: AmplitudeOptions): Amplitude {
  if (!(unit > 0 && Number.isFinite(unit))) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `amplitude: unit = ${unit}; give a finite number above 0: the root mean square of the functions to learn from`,
    )
  }
  const of = (f: Tensor): Tensor => sqrt(mean(square(mul(f, 1 / unit)), 1, { keepDims: true }))
  return {
    of,
    told: told ? 1 : 0,
    divide(f) {
      const alpha = of(f)
      const shape = div(f, add(alpha, cast(equal(alpha, 0), f.dtype)))
      return told ? concatenate([shape, div(sub(alpha, 1), add(alpha, 1))], 1) : shape
    },
    apply: (raw, f) => mul(raw, perFunction(raw, of(f))),
  }
}

/** Numbers of the functions [N, 1], shaped so that they broadcast against a field [N, …]. */
export const perFunction = (field: Tensor, alpha: Tensor): Tensor =>
  reshape(alpha, [field.shape[0]!, ...field.shape.slice(1).map(() => 1)])

/** √(mean v²); 1 where all vanish, so that it can be divided by. */
export function rootMeanSquare(values: ArrayLike<number>): number {
  let square = 0
  for (let i = 0; i < values.length; i++) square += values[i]! ** 2
  return Math.sqrt(square / values.length) || 1
}
