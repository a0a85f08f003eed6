import { describe, expect, it } from 'vitest'
import { aval, sizeOf } from '../../src/tensor/aval.js'
import { makeSubAxes, mark, newSubAxis, resolve, undo, unify } from '../../src/graph/subAxes.js'
import type { LiteralRef, Value, ValueRef } from '../../src/graph/graph.js'
import { coordinatesOf, reshapeRef, reshapeStrides, viewRef, whole } from '../../src/graph/ref.js'
import { randomness } from '../lower/random.js'

const value = (shape: readonly number[]): Value => ({
  id: 0,
  aval: aval(shape),
  writers: [],
  external: null,
  alias: null,
})

/** Addresses that a reference reads, in row-major order of its shape. */
function addresses(ref: ValueRef): number[] {
  let out = [ref.offset]
  ref.shape.forEach((n, a) => {
    out = out.flatMap((at) => Array.from({ length: n }, (_, i) => at + i * ref.strides[a]!))
  })
  return out
}

describe('references', () => {
  it('reshape keeps the row-major order, wherever strides express it', () => {
    const random = randomness(1)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
    let said = 0
    for (let i = 0; i < 500; i++) {
      const shape = [pick([1, 2, 3, 4]), pick([1, 2, 6]), pick([1, 3, 4])]
      const perm = pick([
        [0, 1, 2],
        [2, 1, 0],
        [1, 0, 2],
      ])
      const ref = viewRef(
        whole(value(shape)),
        {
          axes: shape.map((_, a) => ({ from: perm.indexOf(a), start: 0, step: 1 })),
        },
        perm.map((a) => shape[a]!),
      )
      const n = sizeOf(shape)
      const d = pick(Array.from({ length: n }, (_, k) => k + 1).filter((k) => n % k === 0))
      const to = reshapeRef(ref, pick([[n], [d, n / d], [1, d, 1, n / d], [n / d, d]]))
      if (to === null) continue
      said++
      expect(addresses(to as ValueRef)).toEqual(addresses(ref))
    }
    expect(said).toBeGreaterThan(100)
    expect(reshapeStrides([3, 4], [1, 3], [12])).toBeNull()
    expect(reshapeStrides([6, 4], [0, 1], [2, 3, 4])).toEqual([0, 0, 1])
  })

  it('views compose: a chain of slices, flips and permutations reads the right elements', () => {
    const x = whole(value([4, 5]))
    const flipped = viewRef(
      x,
      {
        axes: [
          { from: 0, start: 3, step: -1 },
          { from: 1, start: 1, step: 2 },
        ],
      },
      [4, 2],
    )
    expect(addresses(flipped)).toEqual([16, 18, 11, 13, 6, 8, 1, 3])
    const spread = viewRef(
      flipped,
      {
        axes: [
          { from: 1, start: 0, step: 1 },
          { from: 0, start: 0, step: 1 },
        ],
      },
      [2, 4],
    )
    expect(addresses(spread)).toEqual([16, 11, 6, 1, 18, 13, 8, 3])
    const literal: LiteralRef = { kind: 'literal', dtype: 'f32', shape: [], value: 2 }
    expect(viewRef(literal, { axes: [] }, [3])).toEqual({ ...literal, shape: [3] })
  })

  it('finds the coordinates of a value under a view, or null where a reshape hides them', () => {
    const x = whole(value([4, 6]))
    const view = viewRef(
      x,
      {
        axes: [
          { from: 1, start: 3, step: -1 },
          { from: 0, start: 1, step: 2 },
        ],
      },
      [3, 4],
    )
    expect(coordinatesOf(view)).toEqual([
      { offset: 3, steps: [0, -1] },
      { offset: 1, steps: [2, 0] },
    ])
    expect(coordinatesOf(reshapeRef(x, [24]) as ValueRef)).toBeNull()
    expect(coordinatesOf(reshapeRef(x, [4, 2, 3]) as ValueRef)).toEqual([
      { offset: 0, steps: [1, 0, 0] },
      { offset: 0, steps: [0, 3, 1] },
    ])
    expect(coordinatesOf({ ...x, advance: [6] })).toBeNull()
  })
})

describe('sub-axes', () => {
  it('have a common refinement of two divisions of one length', () => {
    const subAxes = makeSubAxes()
    const a = [newSubAxis(subAxes, 4), newSubAxis(subAxes, 6)],
      b = [newSubAxis(subAxes, 2), newSubAxis(subAxes, 12)]
    expect(unify(subAxes, a, b)).toBe(true)
    expect(resolve(subAxes, a)).toEqual(resolve(subAxes, b))
    expect(resolve(subAxes, a).map((x) => subAxes.sizes[x])).toEqual([2, 2, 6])
  })

  it('report if there is none, and can be undone', () => {
    const subAxes = makeSubAxes()
    const a = [newSubAxis(subAxes, 2), newSubAxis(subAxes, 3)],
      b = [newSubAxis(subAxes, 3), newSubAxis(subAxes, 2)]
    const start = mark(subAxes)
    expect(unify(subAxes, a, b)).toBe(false)
    undo(subAxes, start)
    expect(resolve(subAxes, [...a, ...b])).toEqual([...a, ...b])
  })

  it('do not split time', () => {
    const subAxes = makeSubAxes()
    const time = newSubAxis(subAxes, 6)
    subAxes.whole.add(time)
    expect(unify(subAxes, [time], [newSubAxis(subAxes, 2), newSubAxis(subAxes, 3)])).toBe(false)
    const other = newSubAxis(subAxes, 6)
    expect(unify(subAxes, [other], [time])).toBe(true)
    expect(resolve(subAxes, [other])).toEqual([time])
  })
})
