import { type Backend, checkBackend } from '../backend/backend.js'
import { DeviceTensor, upload } from '../tensor/deviceTensor.js'
import { commonBackend, concrete } from '../backend/execute.js'
import type { FloatDType } from '../tensor/dtype.js'
import { type Tree, treeFlatten, treeLeaves, treeUnflatten } from '../tensor/tree.js'

/**
 * Copies a tree to `backend`. Asynchronous, since some memory must be read back first.
 *
 * @throws INVALID_BACKEND (rejects)
 */
export async function toBackend<T extends Tree>(tree: T, backend: Backend): Promise<T> {
  checkBackend(backend, 'toBackend()')
  const { leaves, structure } = treeFlatten(tree)
  const moved = await Promise.all(
    leaves.map(async (t) =>
      t instanceof DeviceTensor ? upload(t.aval, backend, await t.data()) : concrete(t, backend),
    ),
  )
  return treeUnflatten(structure, moved) as T
}

/**
 * The widest floating-point type of the backend that holds the tensors of a tree: `f64`, or `f32` on a backend without
 * double precision.
 *
 * @throws BACKEND_MISMATCH
 */
export const precisionOf = (tree: Tree): FloatDType =>
  commonBackend(treeLeaves(tree)).capabilities.dtypes.includes('f64') ? 'f64' : 'f32'
