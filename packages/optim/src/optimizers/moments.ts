import { add, cast, div, mul, number, pow, sqrt, sub, treeMap, zerosLike } from '@spikeward/core'
import type { DType, Filled, Optimizer, Tensor, Tree } from '@spikeward/core'
import { zeroCount } from '../transforms/scale.js'

/** Running averages of the first and second moments, and the number of steps that they include. */
export type MomentState = {
  /** i32 scalar, 0 before the first step. */
  readonly step: Tensor
  /** First moment, like the parameters. */
  readonly mu: Tree
  /** Second moment, like the parameters. */
  readonly nu: Tree
}

/**
 * The options of {@link scaleByMoments}: decays of the two moments, and ε.
 *
 * @param eps the default of ε
 * @param epsHelp what ε is added to
 */
/* @__NO_SIDE_EFFECTS__ */
export function momentOptions(eps: number, epsHelp: string) {
  return {
    /** Decay of the first moment, default 0.9. */
    b1: number({ min: 0, max: 1, below: true, default: 0.9, help: 'decay of the first moment (β₁)' }),
    /** Decay of the second moment, default **0.98**; most libraries take 0.999. */
    b2: number({ min: 0, max: 1, below: true, default: 0.98, help: 'decay of the second moment (β₂)' }),
    /** ε, which keeps the root from 0. */
    eps: number({ min: 0, default: eps, help: epsHelp }),
  }
}

/** β m + (1 − β) x, tensor by tensor. */
export const updateMoment = (beta: number, moment: Tree, x: Tree): Tree =>
  treeMap((m, y) => add(mul(m, beta), mul(y, 1 - beta)), moment, x)

/** 1 − βᵗ: a moment that starts at zero is this fraction of its unbiased value after t steps. */
const biasCorrection = (beta: number, t: Tensor, dtype: DType): Tensor => sub(1, pow(beta, cast(t, dtype)))

/**
 * Divides the first moment μ by the root of a second moment ν, both with their bias corrected:
 * u = (μ/(1 − β₁ᵗ)) / (√(ν/(1 − β₂ᵗ)) + ε), μ ← β₁ μ + (1 − β₁) g, t from 1.
 *
 * @param name of the transform
 * @param second the next ν, from the last one, the gradient, and μ after its update
 */
export function scaleByMoments(
  name: string,
  { b1, b2, eps }: Filled<ReturnType<typeof momentOptions>>,
  second: (nu: Tree, grad: Tree, mu: Tree) => Tree,
): Optimizer<MomentState> {
  const scaled = (m: Tensor, v: Tensor, t: Tensor): Tensor =>
    div(div(m, biasCorrection(b1, t, m.dtype)), add(sqrt(div(v, biasCorrection(b2, t, v.dtype))), eps))
  return {
    name: `${name}(${b1}, ${b2})`,
    init: (params) => ({
      step: zeroCount(),
      mu: treeMap((p) => zerosLike(p), params),
      nu: treeMap((p) => zerosLike(p), params),
    }),
    update(grad, state) {
      const step = add(state.step, 1)
      const mu = updateMoment(b1, state.mu, grad)
      const nu = second(state.nu, grad, mu)
      // The gradient decides the type of the updates.
      return { updates: treeMap((_, m, v) => scaled(m, v, step), grad, mu, nu), state: { step, mu, nu } }
    },
  }
}
