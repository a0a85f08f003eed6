import type { Tree } from '../tensor/tree.js'

/**
 * The variables of a network. Estimators and optimisers only receive `trained`. `fixed` is drawn from the key too, and
 * never changes; a checkpoint stores both.
 */
export type Variables<P extends Tree = Tree, F extends Tree = Tree> = { readonly trained: P; readonly fixed: F }
