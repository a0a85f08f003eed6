import { div, grad, mul, square, sqrt, sum } from '@spikeward/core'
import type { Tensor, WeightMap } from '@spikeward/core'

const of = (weight: Tensor): Tensor => mul(div(weight, sqrt(sum(square(weight), 0, { keepDims: true }))), 2)

/** The weights into each neuron, at length 2; its adjoint is that of reverse mode. */
export const unitColumns: WeightMap = {
  of,
  pull: (weight, cotangent) => grad((w: Tensor) => sum(mul(of(w), cotangent)))(weight),
}
