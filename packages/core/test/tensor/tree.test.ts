import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../src/index.js'
import {
  key,
  scope,
  SpikewardError,
  tensor,
  treeFlatten,
  treeLeaves,
  treeMap,
  treePaths,
  treeUnflatten,
  add,
  mul,
} from '../../src/index.js'
import { leavesOf } from '../../src/tensor/tree.js'
import { numbers } from '../helpers.js'

const tree = () => ({ b: [tensor(1), tensor(2)], a: tensor([3]), k: key(4), none: [] })

describe('trees', () => {
  it('flattens records by sorted name and back', async () => {
    const { leaves, structure } = treeFlatten(tree())
    expect(structure.text).toBe('{"a":*,"b":[*,*],"k":key,"none":[]}')
    expect(await numbers(treeUnflatten(structure, leaves))).toEqual([3, 1, 2, 0, 4])
    expect(treePaths(tree())).toEqual(['a', 'b.0', 'b.1', 'k'])
  })

  it('maps over several trees and refuses others', async () => {
    const t = { x: tensor(1), y: tensor(2) }
    expect(await numbers(treeMap((a, b) => add(a, b), t, t))).toEqual([2, 4])
    expect(() => treeMap((a) => a, t, { x: tensor(1) })).toThrow(/STRUCTURE_MISMATCH/)
  })

  it('finds the leaves of a tree of a known structure, and null for any other', () => {
    const { structure } = treeFlatten(tree())
    const other = tree()
    expect(leavesOf(structure, other)).toEqual(treeLeaves(other))
    const bare = Object.assign(Object.create(null) as object, other)
    expect(leavesOf(structure, bare as never)).toEqual(treeLeaves(other))
    const { a, b, k, none } = other
    const different = [
      [a],
      a,
      k,
      { a, b, k },
      { a, b, k, none, more: a },
      { a, b, k, other: none },
      { a, b: [tensor(1)], k, none },
      { a, b: { 0: a, 1: a }, k, none },
      { a: [tensor(1)], b, k, none },
      { a, b, k: tensor(1), none },
      { a: k, b, k, none },
      { a, b, k, none: {} },
      null,
      'text',
    ]
    for (const t of different) expect(leavesOf(structure, t as never)).toBe(null)
  })

  it('names what is not a tree', () => {
    const bad: unknown = { a: { b: 'text' } }
    expect(() => treeLeaves(bad as never)).toThrow(/\.a\.b is string.*NOT_A_TREE/)
    // A record that is built name by name would lose it.
    expect(() => treeLeaves(JSON.parse('{"__proto__":[]}') as never)).toThrow(/NOT_A_TREE/)
  })

  it('scope frees all but what it returns', async () => {
    let inner: Tensor | undefined
    const kept = scope(() => {
      inner = add(tensor(1), tensor(2))
      return mul(inner, 2)
    })
    expect(await kept.item()).toBe(6)
    await expect(async () => inner!.data()).rejects.toThrow(SpikewardError)
  })
})
