import { add, cast, div, mul, pow, sqrt, sub, treeMap, zerosLike } from '@spikeward/core'
import type { DType, Optimizer, Tensor, Tree } from '@spikeward/core'
import { checkNames, checkNumber } from './options.js'
import { zeroCount } from './scale.js'

/** Moving averages of first and second moments, and the steps they saw. */
export type MomentState = {
  /** i32 scalar, 0 before the first step. */
  readonly step: Tensor
  /** Like the parameters. */
  readonly mean: Tree
  /** Like the parameters. */
  readonly variance: Tree
}

/** β a + (1 − β) x, tensor by tensor. */
export const updateMoment = (beta: number, average: Tree, x: Tree): Tree =>
  treeMap((a, y) => add(mul(a, beta), mul(y, 1 - beta)), average, x)

/** 1 − βᵗ: an average that began at zero is this share of what it should be after t steps. */
const biasCorrection = (beta: number, t: Tensor, dtype: DType): Tensor => sub(1, pow(beta, cast(t, dtype)))

/** Decays of the two averages, and what keeps the root from 0. */
type MomentOptions = { readonly b1?: number; readonly b2?: number; readonly eps?: number }

/**
 * Divides the mean gradient m by the root of a second moment v, both as they would be had they not begun at zero:
 * u = (m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε), m ← β₁ m + (1 − β₁) g, t from 1. β₁ is 0.9 by default, β₂ 0.98.
 *
 * @param eps the default of ε
 * @param second the next v, of the last one, the gradient and m after its update
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 */
export function scaleByRoot(
  name: string,
  options: MomentOptions,
  eps: number,
  second: (variance: Tree, grad: Tree, mean: Tree, b2: number, eps: number) => Tree,
): Optimizer<MomentState> {
  checkNames(name, options, ['b1', 'b2', 'eps'])
  const b1 = checkNumber(name, 'b1', options.b1 ?? 0.9, 'decay')
  const b2 = checkNumber(name, 'b2', options.b2 ?? 0.98, 'decay')
  const small = checkNumber(name, 'eps', options.eps ?? eps, 'notNegative')
  const normalised = (m: Tensor, v: Tensor, t: Tensor): Tensor =>
    div(div(m, biasCorrection(b1, t, m.dtype)), add(sqrt(div(v, biasCorrection(b2, t, v.dtype))), small))
  return {
    name: `${name}(${b1}, ${b2})`,
    init: (params) => ({
      step: zeroCount(),
      mean: treeMap((p) => zerosLike(p), params),
      variance: treeMap((p) => zerosLike(p), params),
    }),
    update(grad, state) {
      const step = add(state.step, 1)
      const mean = updateMoment(b1, state.mean, grad)
      const variance = second(state.variance, grad, mean, b2, small)
      return {
        // The gradient lends its type.
        updates: treeMap((_, m, v) => normalised(m, v, step), grad, mean, variance),
        state: { step, mean, variance },
      }
    },
  }
}
