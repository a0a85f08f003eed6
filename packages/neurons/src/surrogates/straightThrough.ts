import { type Surrogate, defineFactory, onesLike } from '@spikeward/core'

/**
 * Straight-through: slope 1 everywhere, as if the spike were the membrane itself.
 *
 * No integral. Smooth (its second derivative is zero), full support. Bengio et al. 2013, arXiv 1308.3432.
 *
 * @example
 * const fire = spike(straightThrough())
 * await grad(fire)(tensor(0.25)).item() // 1
 */
export const straightThrough = /* @__PURE__ */ defineFactory(
  {
    kind: 'surrogate',
    name: 'straightThrough',
    summary: 'slope 1 everywhere, as if the spike were the membrane',
    facts: { slope: '1', integral: '–', use: 'a slope that does not depend on the membrane' },
  },
  (read) =>
    (settings: object = {}): Surrogate => {
      read(settings)
      return { name: 'straightThrough', slope: (u) => onesLike(u), smoothness: Infinity, support: 'full' }
    },
)
