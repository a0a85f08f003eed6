import { type Tree, Key, Tensor } from '@spikeward/core'

/** The tensors of one layer: those with the same parent node in the parameters, such as a weight and its bias. */
export type Block = {
  /** Path of the node, such as `layers.0`; empty for the root. */
  readonly path: string
  /** Positions of its tensors among the leaves, in the order of `treeFlatten`. */
  readonly leaves: readonly number[]
}

/**
 * The blocks of a tree, in the order of their first tensor: tensors with the same parent node belong together.
 * For `{ layers: [{ weight, bias }, { weight, bias }] }` these are `layers.0` and `layers.1`; a node with both tensors
 * and nodes makes one block of its own tensors. A key counts as a tensor.
 *
 * @example
 * blocks(params).map((b) => b.path) // ['layers.0', 'readout']
 */
export function blocks(tree: Tree): Block[] {
  const blocksByParent = new Map<string, { path: string; leaves: number[] }>()
  let next = 0
  const walk = (node: Tree, path: readonly string[], parent: readonly string[]): void => {
    if (node instanceof Tensor || node instanceof Key) {
      const id = JSON.stringify(parent)
      const block = blocksByParent.get(id) ?? { path: parent.join('.'), leaves: [] }
      block.leaves.push(next++)
      blocksByParent.set(id, block)
      return
    }
    const record = node as { readonly [name: string]: Tree }
    const names = Array.isArray(node) ? [...node.keys()].map(String) : Object.keys(record).sort()
    for (const name of names) walk(record[name]!, [...path, name], path)
  }
  walk(tree, [], [])
  return [...blocksByParent.values()].sort((a, b) => a.leaves[0]! - b.leaves[0]!)
}
