import { treeLeaves } from '@spikeward/core'
import type { FloatDType, Tree } from '@spikeward/core'

/** The element type of parameters: f64 if one of them is. */
export const floatOf = (tree: Tree): FloatDType => (treeLeaves(tree).some((t) => t.dtype === 'f64') ? 'f64' : 'f32')
