import {
  SpikewardError,
  add,
  cast,
  choice,
  concatenate,
  defineFactory,
  defineOptions,
  flag,
  full,
  greaterEqual,
  lessEqual,
  mul,
  number,
  scan,
  slice,
  stopGradient,
  sub,
} from '@spikeward/core'
import type { FloatDType, OptionsOf, Tensor } from '@spikeward/core'
import type { Drive } from '../unroll.js'
import { signalArgument } from './encoderOptions.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Change θ > 0 that makes a spike. */
  threshold: number({ min: 0, above: true, default: 0.1, help: 'change that makes a spike (θ)' }),
  /** The reference of a value: the `previous` one (the default), or the `reconstruction` from the spikes. */
  against: choice(['previous', 'reconstruction'], { default: 'previous', help: 'what a value is compared with' }),
  /** The reference of the first value. */
  initial: number({ default: 0, help: 'what the first value is compared with' }),
  /** True (the default): a fall gives −1. False: it gives nothing, and the spikes are binary. */
  offSpikes: flag({ default: true, help: 'a fall gives −1' }),
}))

/** Options of {@link deltaEncoding}. */
export type DeltaOptions = OptionsOf<typeof options>

/**
 * Delta modulation: the changes of a signal in time become spikes.
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
export const deltaEncoding = /* @__PURE__ */ defineFactory(
  {
    kind: 'encoder',
    name: 'deltaEncoding',
    summary: 'delta modulation: the changes of a signal in time become spikes',
    facts: { current: '±1 where x [time, …] changes by θ, from the previous value or the reconstruction' },
    arguments: /* @__PURE__ */ defineOptions(() => ({ x: signalArgument() })),
    options,
  },
  (read) =>
    (x: Tensor, settings: DeltaOptions = {}): Drive => {
      const { threshold, against, initial, offSpikes } = read(settings, { x })
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
    },
)
