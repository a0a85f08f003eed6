import { SpikewardError, mul, sub } from '@spikeward/core'
import type { HardConditions, Tensor } from '@spikeward/core'
import { coordinateLike } from './coordinateLike.js'

/** Options of {@link vanishing}. */
export type VanishingOptions = {
  readonly axis: number
  /** Values of that coordinate at which the output vanishes: one or several. */
  readonly at: readonly number[]
  /** Constant factor; choose it so that the product is about 1 in the middle of the domain. Default 1. */
  readonly scale?: number
  /** Names of the problem's conditions that the transform satisfies. Default none. */
  readonly satisfies?: readonly string[]
}

/**
 * An output transform that vanishes on faces of the domain: u = s · (xₐ − v₁)(v₂ − xₐ)(v₃ − xₐ)… · output.
 * `{ axis: 0, at: [0, 1], scale: 4 }` gives the factor 4x(1 − x); `{ axis: 1, at: [0] }` gives t.
 *
 * @throws INVALID_OPTION if `at` is empty or not finite
 */
export function vanishing(options: VanishingOptions): HardConditions<Tensor | null> {
  const { axis, at, scale = 1, satisfies = [] } = options
  if (at.length === 0 || !at.every(Number.isFinite)) {
    throw new SpikewardError('INVALID_OPTION', `vanishing: at = [${at.join(', ')}]; give at least one finite number`)
  }
  return {
    satisfies,
    apply(raw, _, c) {
      const x = coordinateLike(c, axis, raw)
      // (x − v₁)(v₂ − x)(v₃ − x)…: positive between the first two values.
      const factor = at.reduce<Tensor | number>((p, v, i) => mul(p, i === 0 ? sub(x, v) : sub(v, x)), scale)
      return mul(raw, factor)
    },
  }
}
