import type { FloatDType } from '../tensor/dtype.js'
import { treeLeaves } from '../tensor/tree.js'
import type { Tree } from '../tensor/tree.js'
import { commonBackend } from './execute.js'

/**
 * The widest floating-point type of the backend that holds the tensors of a tree: `f64`, or `f32` on a backend without
 * double precision.
 *
 * @throws BACKEND_MISMATCH
 */
export const precisionOf = (tree: Tree): FloatDType =>
  commonBackend(treeLeaves(tree)).capabilities.dtypes.includes('f64') ? 'f64' : 'f32'
