import { cast, defineFactory, defineOptions, less, uniform } from '@spikeward/core'
import type { FloatDType, Key, OptionsOf, Tensor } from '@spikeward/core'
import type { Drive } from '../unroll.js'
import { keyArgument, signalArgument, stepsOption } from './encoderOptions.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Number of time steps. */
  steps: stepsOption(),
}))

/**
 * Rate code: Bernoulli spikes, P(s_t = 1) = x clipped to [0, 1], independent over time and elements.
 *
 *     s_t = 1 where U_t < x,  U_t uniform in [0, 1) from `key`
 *
 * x has any shape; the spikes are [steps, …x.shape], binary, of x's dtype. They carry no derivative with respect to x.
 *
 * @example
 * const { current } = rateEncoding(key(0), tensor([0, 0.25, 1]), { steps: 4096 })
 * await rateReadout(current).data() // [0, 0.2551, 1]
 */
export const rateEncoding = /* @__PURE__ */ defineFactory(
  {
    kind: 'encoder',
    name: 'rateEncoding',
    summary: 'rate code: Bernoulli spikes whose probability is the value',
    facts: { current: 'Bernoulli spikes of probability x' },
    arguments: /* @__PURE__ */ defineOptions(() => ({ key: keyArgument(), x: signalArgument() })),
    options,
  },
  (read) =>
    (key: Key, x: Tensor, settings: OptionsOf<typeof options>): Drive => {
      const { steps } = read(settings, { key, x })
      const chance = uniform(key, [steps, ...x.shape], { dtype: x.dtype as FloatDType })
      return { current: cast(less(chance, x), x.dtype), duration: {} }
    },
)
