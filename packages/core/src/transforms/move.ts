import type { Backend } from '../backend.js'
import { DeviceTensor, upload } from '../device.js'
import { concrete } from '../execute.js'
import type { Tree } from '../tree.js'
import { treeFlatten, treeUnflatten } from '../tree.js'

/** A copy of a tree on `backend`. Waits where memory must be read back. */
export async function toBackend<T extends Tree>(tree: T, backend: Backend): Promise<T> {
  const { leaves, structure } = treeFlatten(tree)
  const moved = await Promise.all(
    leaves.map(async (t) =>
      t instanceof DeviceTensor ? upload(t.aval, backend, await t.data()) : concrete(t, backend),
    ),
  )
  return treeUnflatten(structure, moved) as T
}
