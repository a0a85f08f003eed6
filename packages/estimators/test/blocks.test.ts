import { key, tensor, treePaths } from '@spikeward/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blocks } from '../src/index.js'
import { net } from './fixtures.js'

const t = tensor(1)

describe('blocks', () => {
  it('are the nodes that hold tensors', () => {
    expect(blocks(net)).toEqual([
      { path: 'hidden', leaves: [0, 1] },
      { path: 'readout', leaves: [2, 3] },
    ])
    expect(blocks({ layers: [{ weight: t, bias: t }, { weight: t }], readout: t }).map((b) => b.path)).toEqual([
      'layers.0',
      'layers.1',
      '',
    ])
    expect(blocks([t, t])).toEqual([{ path: '', leaves: [0, 1] }])
    expect(blocks(t)).toEqual([{ path: '', leaves: [0] }])
  })

  it('a node with tensors and nodes makes a block of its own tensors', () => {
    expect(blocks({ a: t, b: { w: t }, c: t })).toEqual([
      { path: '', leaves: [0, 2] },
      { path: 'b', leaves: [1] },
    ])
  })

  it('names with dots are not taken for paths', () => {
    expect(blocks({ 'a.b': { w: t }, a: { b: { w: t } } }).map((b) => b.leaves)).toEqual([[0], [1]])
  })

  it('cover every leaf once, keys too', () => {
    const name = fc.constantFrom('a', 'b', 'c')
    const trees = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constant(t),
        fc.constant(key(0)),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(name, tie('tree')),
      ),
    })).tree
    fc.assert(
      fc.property(trees, (tree) => {
        const all = blocks(tree as typeof t).flatMap((b) => b.leaves)
        expect([...all].sort((a, b) => a - b)).toEqual(treePaths(tree as typeof t).map((_, i) => i))
      }),
    )
  })
})
