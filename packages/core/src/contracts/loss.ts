import type { Tensor } from '../tensor.js'
import type { Tree } from '../tree.js'

/** A scalar function of the parameters: what an estimator differentiates. Pure; everything else it needs (points, keys) is closed over. */
export type Loss<P extends Tree> = (params: P) => Tensor
