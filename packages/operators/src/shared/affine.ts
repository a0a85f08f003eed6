import { add, matmul } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/** Weight [in, out] and bias [out] of an affine layer y = xW + b. */
export type Affine = { readonly weight: Tensor; readonly bias: Tensor }

/** xW + b, for x [rows, in]. */
export const affine = (x: Tensor, { weight, bias }: Affine): Tensor => add(matmul(x, weight), bias)
