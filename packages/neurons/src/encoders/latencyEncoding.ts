import {
  add,
  cast,
  clip,
  defineFactory,
  defineOptions,
  equal,
  floor,
  greater,
  iota,
  logicalAnd,
  mul,
  number,
  sub,
} from '@spikeward/core'
import type { OptionsOf, Tensor } from '@spikeward/core'
import type { Drive } from '../unroll.js'
import { signalArgument, stepsOption } from './encoderOptions.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Number of time steps. */
  steps: stepsOption(),
  /** Elements at or below it never fire. */
  silentBelow: number({ default: 0, help: 'elements at or below it never fire' }),
}))

/** Options of {@link latencyEncoding}. */
export type LatencyOptions = OptionsOf<typeof options>

/**
 * Latency code: each element fires once, the earlier the larger it is.
 *
 *     t = round((1 − x)(steps − 1)),  x clipped to [0, 1];  no spike where x ≤ silentBelow
 *
 * x has any shape; the spikes are [steps, …x.shape], binary, of x's dtype. They carry no derivative with respect to x.
 *
 * @example
 * const { current } = latencyEncoding(tensor([1, 0.5, 0]), { steps: 3 })
 * await current.data() // [1, 0, 0, 0, 1, 0, 0, 0, 0]
 */
export const latencyEncoding = /* @__PURE__ */ defineFactory(
  {
    kind: 'encoder',
    name: 'latencyEncoding',
    summary: 'latency code: each element fires once, the earlier the larger it is',
    facts: { current: 'one spike, at step round((1 − x)(T − 1))' },
    arguments: /* @__PURE__ */ defineOptions(() => ({ x: signalArgument() })),
    options,
  },
  (read) =>
    (x: Tensor, settings: LatencyOptions): Drive => {
      const { steps, silentBelow } = read(settings, { x })
      const at = floor(add(mul(sub(1, clip(x, 0, 1)), steps - 1), 0.5))
      const time = iota([steps, ...x.shape.map(() => 1)], 0, x.dtype)
      return { current: cast(logicalAnd(equal(time, at), greater(x, silentBelow)), x.dtype), duration: {} }
    },
)
