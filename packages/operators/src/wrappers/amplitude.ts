import {
  add,
  cast,
  concatenate,
  defineFactory,
  defineOptions,
  div,
  equal,
  flag,
  mean,
  mul,
  number,
  reshape,
  sqrt,
  square,
  sub,
} from '@spikeward/core'
import type { OptionsOf, Tensor } from '@spikeward/core'

/** The amplitude of input functions, and the functions divided by it. All methods are tensor operations. */
export type Amplitude = {
  /** α(f) ≥ 0, [N, 1], of f [N, m]. */
  of(f: Tensor): Tensor
  /** Input of the network: f/α [N, m], and with `told` one more column. */
  divide(f: Tensor): Tensor
  /** α(f) · raw, for a field [N, …] of these functions. */
  apply(raw: Tensor, f: Tensor): Tensor
  /** Columns that `divide` adds to those of f: 0 or 1. */
  readonly told: 0 | 1
}

/** Options of {@link amplitude}. */
const options = /* @__PURE__ */ defineOptions(() => ({
  /** Unit of α: a function with this root mean square has α = 1. Use the root mean square of the training functions. */
  unit: number({ min: 0, above: true, required: true, help: 'root mean square of a function with α = 1' }),
  /** Whether the network receives the amplitude as well, for operators that are not homogeneous. Default false. */
  told: flag({ default: false, help: 'give the amplitude to the network as well' }),
}))

/** Options of {@link amplitude}. */
export type AmplitudeOptions = OptionsOf<typeof options>

/**
 * The amplitude of functions by their values at the sensors,
 *
 *     α(f) = √(mean_s f(s)²)/unit,   f̂ = f/α
 *
 * Every f̂ has the root mean square `unit`, so that no function is larger than the training functions. With `told`, one
 * more column holds (α − 1)/(α + 1), which is in [−1, 1) and is 0 at α = 1.
 *
 * A function that vanishes at all sensors has α = 0. It is divided by 1, which avoids NaN.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @example const size = amplitude({ unit: rootMeanSquare(train.sensors) })
 */
export const amplitude = /* @__PURE__ */ defineFactory(
  { kind: 'wrapper', name: 'amplitude', summary: 'root mean square of input functions', options },
  (read) =>
    (settings: AmplitudeOptions): Amplitude => {
      const { unit, told } = read(settings)
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
    },
)

/** One number for each function, [N, 1], reshaped to broadcast against a field [N, …]. */
export const perFunction = (field: Tensor, alpha: Tensor): Tensor =>
  reshape(alpha, [field.shape[0]!, ...field.shape.slice(1).map(() => 1)])

/** √(mean v²), or 1 if all values vanish, so that division by it is safe. */
export function rootMeanSquare(values: ArrayLike<number>): number {
  let square = 0
  for (let i = 0; i < values.length; i++) square += values[i]! ** 2
  return Math.sqrt(square / values.length) || 1
}
