import { type Tensor, defineFactory, defineOptions, defineValue, mul, number, sub } from '@spikeward/core'
import type { Constant } from './leak.js'

/**
 * The effect of a spike s ∈ {0, 1} on the membrane u of threshold θ. `charge` is the model's update of the membrane.
 */
export interface ResetRule {
  readonly name: string
  /** In the step of the spike: from the charged membrane to the one after the reset. */
  immediate(u: Tensor, s: Tensor, threshold: Constant): Tensor
  /** In the step after the spike: from the old membrane to the charged one. */
  delayed(u: Tensor, s: Tensor, threshold: Constant, charge: (u: Tensor) => Tensor): Tensor
}

/**
 * Soft reset: the threshold is subtracted. Immediate u − sθ; delayed c(u) − sθ. The excess over the threshold is
 * preserved.
 */
export const subtractReset = /* @__PURE__ */ defineValue<ResetRule>(
  { kind: 'reset', name: 'subtractReset', aliases: ['subtract'], summary: 'soft: the threshold is taken off' },
  {
    name: 'subtract',
    immediate: (u, s, threshold) => sub(u, mul(s, threshold)),
    delayed: (u, s, threshold, charge) => sub(charge(u), mul(s, threshold)),
  },
)

const zeroArguments = /* @__PURE__ */ defineOptions(() => ({
  resetMembrane: number({ default: 0, help: 'membrane after the reset (r)' }),
}))

/**
 * Hard reset: the membrane is set to `resetMembrane` r. Immediate u − s(u − r); delayed c(u − s(u − r)), so that a
 * delayed reset to zero gives β(1 − s)u + x.
 *
 * @throws INVALID_OPTION
 */
export const zeroReset = /* @__PURE__ */ defineFactory(
  {
    kind: 'reset',
    name: 'zeroReset',
    aliases: ['zero'],
    summary: 'hard: the membrane is set to a number',
    arguments: zeroArguments,
  },
  (read) =>
    (membrane = 0): ResetRule => {
      const { resetMembrane } = read({}, { resetMembrane: membrane })
      const toReset = (u: Tensor, s: Tensor): Tensor => sub(u, mul(s, resetMembrane === 0 ? u : sub(u, resetMembrane)))
      return {
        name: 'zero',
        immediate: (u, s) => toReset(u, s),
        delayed: (u, s, _threshold, charge) => charge(toReset(u, s)),
      }
    },
)

/** No reset: the membrane runs on, u and c(u). */
export const noReset = /* @__PURE__ */ defineValue<ResetRule>(
  { kind: 'reset', name: 'noReset', aliases: ['none'], summary: 'none: the membrane runs on' },
  {
    name: 'none',
    immediate: (u) => u,
    delayed: (u, _s, _threshold, charge) => charge(u),
  },
)
