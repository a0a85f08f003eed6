import { Tensor, treeFlatten } from '@spikeward/core'
import type { Tree } from '@spikeward/core'
import { described } from './checkRecord.js'
import { pluginError, reasonOf } from '../pluginError.js'
import type { Reference } from '../reference.js'

const shown = (t: Tensor): string => `${t.dtype} [${t.shape.join(', ')}]`

/**
 * Checks that a plug-in returned a tree of tensors.
 *
 * @param part what it is, for messages: `the state of estimate`
 */
export function checkTree(plugin: Reference, part: string, found: unknown): ReturnType<typeof treeFlatten> {
  try {
    return treeFlatten(found as Tree)
  } catch (cause) {
    throw pluginError(plugin, `${part} is not a tree of tensors: ${reasonOf(cause)}`, cause)
  }
}

/** Checks that a plug-in returned a tree with the structure and shapes of another one. */
export function checkLike(plugin: Reference, part: string, found: unknown, expected: Tree, like: string): void {
  const [a, b] = [checkTree(plugin, part, found), treeFlatten(expected)]
  if (a.structure.text !== b.structure.text) {
    throw pluginError(plugin, `${part} is ${a.structure.text}, and ${like} is ${b.structure.text}`)
  }
  const at = a.leaves.findIndex((leaf, i) => {
    const other = b.leaves[i]
    return other === undefined || leaf.dtype !== other.dtype || leaf.shape.join() !== other.shape.join()
  })
  const [leaf, other] = [a.leaves[at], b.leaves[at]]
  if (leaf === undefined || other === undefined) return
  throw pluginError(plugin, `${part} has a tensor ${shown(leaf)} where ${like} has ${shown(other)}`)
}

/** Checks that a plug-in returned a tensor of one number. */
export function checkScalar(plugin: Reference, part: string, found: unknown): void {
  if (!(found instanceof Tensor)) {
    throw pluginError(plugin, `${part} is ${described(found)}, but a tensor of one number is needed`)
  }
  if (found.shape.length > 0) {
    throw pluginError(plugin, `${part} is a tensor ${shown(found)}, but one of a single number is needed`)
  }
}

/** Checks that a plug-in returned a tensor of this shape. */
export function checkShape(plugin: Reference, part: string, found: unknown, shape: readonly number[]): void {
  if (!(found instanceof Tensor)) throw pluginError(plugin, `${part} is ${described(found)}, but a tensor is needed`)
  if (found.shape.join() === shape.join()) return
  throw pluginError(plugin, `${part} has the shape [${found.shape.join(', ')}], and [${shape.join(', ')}] is needed`)
}
