import { add, cast, mul, pow, sub, treeMap } from '@spikeward/core'
import type { DType, Tensor, Tree } from '@spikeward/core'

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
export const blend = (beta: number, average: Tree, x: Tree): Tree =>
  treeMap((a, y) => add(mul(a, beta), mul(y, 1 - beta)), average, x)

/** 1 − βᵗ: an average that began at zero is this share of what it should be after t steps. */
export const filled = (beta: number, t: Tensor, dtype: DType): Tensor => sub(1, pow(beta, cast(t, dtype)))
