import {
  SpikewardError,
  add,
  cast,
  concatenate,
  full,
  greaterEqual,
  lessEqual,
  mul,
  scan,
  slice,
  stopGradient,
  sub,
} from '@spikeward/core'
import type { FloatDType, Tensor } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'
import type { Drive } from '../unroll.js'

/** Options of {@link deltaEncoding}. */
export interface DeltaOptions {
  /** Change θ > 0 that makes a spike; 0.1 by default. */
  readonly threshold?: number
  /** What a value is compared with: the `previous` one (the default), or the `reconstruction` from the spikes. */
  readonly against?: 'previous' | 'reconstruction'
  /** What the first value is compared with; 0 by default. */
  readonly initial?: number
  /** True (the default): a fall gives −1. False: it gives nothing, and the spikes are binary. */
  readonly offSpikes?: boolean
}

/**
 * Delta modulation: a signal in time becomes spikes where it changes.
 *
 *     previous        s_t = [x_t − x_{t−1} ≥ θ] − [x_t − x_{t−1} ≤ −θ]
 *     reconstruction  s_t = [x_t − r_{t−1} ≥ θ] − [x_t − r_{t−1} ≤ −θ],   r_t = r_{t−1} + θ s_t
 *
 * with x_{−1} = r_{−1} = `initial`. x is [time, …]; the spikes have its shape and dtype. `previous` forgets slow
 * changes: each below θ, they never make a spike. `reconstruction` does not: r follows the signal within θ as long as
 * it changes by at most θ a step. No derivative with respect to x.
 *
 * snnTorch's `spikegen.delta` is `previous`, without off-spikes by default. Send-on-delta: Miśkowicz, Sensors 6 (2006).
 *
 * @throws INVALID_OPTION; SHAPE_MISMATCH for a scalar, which has no time
 * @example
 * const ramp = tensor([0, 0.06, 0.12, 0.18, 0.24, 0])
 * await deltaEncoding(ramp, { against: 'reconstruction' }).current.data() // [0, 0, 1, 0, 1, -1]
 */
export function deltaEncoding(x: Tensor, options: DeltaOptions = {}): Drive {
  const name = 'deltaEncoding'
  checkNames(name, options, ['threshold', 'against', 'initial', 'offSpikes'])
  const { against = 'previous', offSpikes = true } = options
  const threshold = checkNumber(name, 'threshold', options.threshold ?? 0.1, { min: 0, above: true })
  const initial = checkNumber(name, 'initial', options.initial ?? 0)
  if (against !== 'previous' && against !== 'reconstruction') {
    throw new SpikewardError(
      'INVALID_OPTION',
      `deltaEncoding: against is ${String(against)}; it must be previous or reconstruction; pass one of them`,
    )
  }
  const [steps, ...shape] = x.shape
  if (steps === undefined) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      'deltaEncoding: x is a scalar; its first axis must be time; pass a signal [time, …]',
    )
  }
  const signal = stopGradient(x)
  const dtype = x.dtype as FloatDType
  const spikes = (change: Tensor): Tensor => {
    const up = cast(greaterEqual(change, threshold), dtype)
    return offSpikes ? sub(up, cast(lessEqual(change, -threshold), dtype)) : up
  }
  if (against === 'previous') {
    const first = full([1, ...shape], initial, dtype)
    const before = slice(signal, [0, ...shape.map(() => 0)], [steps - 1, ...shape])
    return { current: spikes(sub(signal, concatenate([first, before]))), duration: {} }
  }
  const follow = (r: Tensor, now: Tensor): [Tensor, Tensor] => {
    const s = spikes(sub(now, r))
    return [add(r, mul(threshold, s)), s]
  }
  return { current: scan(follow, full(shape, initial, dtype), signal)[1], duration: {} }
}
