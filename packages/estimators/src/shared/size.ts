import { cast, mul } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/** The size of a perturbation: a number, or a scalar tensor. */
export type Size = Tensor | number

/** `factor` times a size, as an operand for tensors of the type of `like`. */
export const sizeAs = (like: Tensor, size: Size, factor = 1): Size =>
  typeof size === 'number' ? size * factor : mul(cast(size, like.dtype), factor)
