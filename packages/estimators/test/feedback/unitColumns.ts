import { type Tensor, div, mul, sqrt, square, sum } from '@spikeward/core'

/** The weights into each neuron, at length 2. */
export const unitColumns = (weight: Tensor): Tensor =>
  mul(div(weight, sqrt(sum(square(weight), 0, { keepDims: true }))), 2)
