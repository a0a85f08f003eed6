import { type OptionsOf, type Tensor, defineFactory, defineOptions } from '@spikeward/core'
import type { Drive } from '../unroll.js'
import { signalArgument, stepsOption } from './encoderOptions.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Number of time steps. */
  steps: stepsOption(),
}))

/** Options of the encoders. */
export type EncoderOptions = OptionsOf<typeof options>

/**
 * Constant current: x itself at every step, x_t = x. Nothing is copied per step, and x keeps its derivative.
 *
 * @example
 * const { current, duration } = constantCurrent(tensor([0.5]), { steps: 16 })
 * ;[await current.item(), duration.steps] // [0.5, 16]
 */
export const constantCurrent = /* @__PURE__ */ defineFactory(
  {
    kind: 'encoder',
    name: 'constantCurrent',
    summary: 'constant current: the value itself at every step',
    facts: { current: 'x at every step; nothing is copied per step' },
    arguments: /* @__PURE__ */ defineOptions(() => ({ x: signalArgument() })),
    options,
  },
  (read) =>
    (x: Tensor, settings: EncoderOptions): Drive => {
      const { steps } = read(settings, { x })
      return { current: x, duration: { steps } }
    },
)
