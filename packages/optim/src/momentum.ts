import { add, mul, treeMap, zerosLike } from '@spikeward/core'
import type { Optimizer, Tree } from '@spikeward/core'
import { chain } from './chain.js'
import { checkNames, checkNumber } from './options.js'
import { scaleByLearningRate } from './scale.js'
import type { CountState } from './scale.js'
import type { Schedule } from './schedule.js'

/** Options of {@link momentum} and {@link accumulate}. */
export type MomentumOptions = {
  /** Share of the velocity that is kept, default 0.9. */
  readonly decay?: number
  /** True: Nesterov's look ahead. Default false: heavy ball. */
  readonly nesterov?: boolean
}

/** The velocity: a tree like the parameters. */
export type VelocityState = { readonly velocity: Tree }

/**
 * Sums decaying gradients: m ← μ m + g; u = m (heavy ball), or u = g + μ m (Nesterov, in the form that needs the
 * gradient at θ only).
 *
 * In a steady slope it is 1/(1 − μ) times as fast as the gradient alone: the rate is not multiplied by 1 − μ.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Polyak 1964; Sutskever et al., ICML 2013, section 2 (theirs puts the rate inside the velocity: the same for a
 *   constant rate)
 */
export function accumulate(options: MomentumOptions = {}): Optimizer<VelocityState> {
  checkNames('accumulate', options, ['decay', 'nesterov'])
  const decay = checkNumber('accumulate', 'decay', options.decay ?? 0.9, 'decay')
  const nesterov = options.nesterov ?? false
  return {
    name: nesterov ? `nesterov(${decay})` : `heavyBall(${decay})`,
    init: (params) => ({ velocity: treeMap((p) => zerosLike(p), params) }),
    update(grad, state) {
      const velocity = treeMap((g, m) => add(mul(m, decay), g), grad, state.velocity)
      const updates = nesterov ? treeMap((g, m) => add(g, mul(m, decay)), grad, velocity) : velocity
      return { updates, state: { velocity } }
    },
  }
}

/**
 * Descent with momentum: `chain(accumulate(options), scaleByLearningRate(rate))`.
 *
 * @param rate a number ≥ 0, or a schedule
 * @throws INVALID_LEARNING_RATE, INVALID_OPTION, UNKNOWN_OPTION
 * @example const optimizer = momentum(1e-2, { decay: 0.95, nesterov: true })
 */
export const momentum = (
  rate: number | Schedule,
  options: MomentumOptions = {},
): Optimizer<readonly [VelocityState, CountState]> => chain(accumulate(options), scaleByLearningRate(rate))
