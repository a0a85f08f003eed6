import { div, mul, sqrt, square, sum } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/** Cosine of two tensors. */
export const cosine = (a: Tensor, b: Tensor): Tensor => div(sum(mul(a, b)), sqrt(mul(sum(square(a)), sum(square(b)))))
