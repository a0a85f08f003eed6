import { describe, expect, test } from 'vitest'
import { partitionStep } from '../../src/tiling/partitionStep.js'
import { addKernel, at, dot } from './steps.js'

const isRowwise = (): boolean => true
const [ROWS, N] = [4, 8]
const matrix = [N, 1]

describe('a kernel', () => {
  const biased = addKernel(
    [ROWS, N],
    [
      [at(0), matrix],
      [at(1), [0, 1]],
    ],
    [at(2), matrix],
  )

  test('is split along the axis whose stride is that of the rows of products, where several axes qualify', () => {
    expect(partitionStep(biased, ROWS, { isRowwise })).toMatchObject({ axis: 1 })
    expect(partitionStep(biased, ROWS, { isRowwise, rowStrides: new Map([[0, N]]) })).toMatchObject({ axis: 0 })
  })

  test('is not split along an axis whose coordinate it reads', () => {
    const indexed = {
      ...biased,
      kernel: { ...biased.kernel, nodes: [...biased.kernel.nodes, { op: 'index', dtype: 'i32', axis: 1 } as const] },
    }
    expect(partitionStep(indexed, ROWS, { isRowwise })).toMatchObject({ axis: 0 })
  })

  test('that reads one row for all is split, and its footprint there has no row extent', () => {
    const split = partitionStep(biased, ROWS, { isRowwise, rowStrides: new Map([[0, N]]) })
    expect(split?.footprints.map((f) => f.rowExtent)).toEqual([N, null, N])
  })

  test('that writes other rows than it iterates over is not split', () => {
    const transposed = addKernel([ROWS, N], [[at(0), matrix]], [at(1), [1, ROWS]])
    expect(partitionStep(transposed, 16, { isRowwise })).toBeNull()
  })

  test('that reduces is split along its other axes, only if the backend asks for it', () => {
    const sum = addKernel([ROWS, N], [[at(0), matrix]], [at(1), [1, 0]], [1])
    expect(partitionStep(sum, ROWS, { isRowwise })).toBeNull()
    expect(partitionStep(sum, ROWS, { isRowwise, reductions: true })).toMatchObject({ axis: 0 })
    expect(partitionStep(sum, N, { isRowwise, reductions: true })).toBeNull()
  })
})

describe('a product', () => {
  test('is split if the backend computes it a few rows at a time', () => {
    const step = dot(ROWS, N, 3, at(0), at(1), at(2))
    expect(partitionStep(step, ROWS, { isRowwise })?.footprints.map((f) => f.rowExtent)).toEqual([3, null, N])
    expect(partitionStep(step, 3, { isRowwise })).toBeNull()
    expect(partitionStep(step, ROWS, { isRowwise: () => false })).toBeNull()
  })

  test('may start in a later partition of its slots, but not within a row', () => {
    const later = dot(ROWS, N, 3, at(0, 3 * ROWS), at(1), at(2, 2 * N * ROWS))
    expect(partitionStep(later, ROWS, { isRowwise })?.footprints.map((f) => f.rowExtent)).toEqual([3, null, N])
    expect(partitionStep(dot(ROWS, N, 3, at(0), at(1), at(2, 1)), ROWS, { isRowwise })).toBeNull()
    const shifted = dot(ROWS, N, 3, at(0, 1), at(1), at(2))
    expect(partitionStep(shifted, ROWS, { isRowwise })?.footprints[0]!.rowExtent).toBeNull()
  })

  test('may advance by whole partitions with a loop', () => {
    const step = (by: number) => dot(ROWS, N, 3, at(0, 0, [3 * ROWS]), at(1), at(2, 0, [by]))
    expect(partitionStep(step(N * ROWS), ROWS, { isRowwise })?.footprints[2]).toMatchObject({ invariant: false })
    expect(partitionStep(step(N), ROWS, { isRowwise })).toBeNull()
  })
})

describe('a loop', () => {
  const body = dot(ROWS, N, 3, at(0), at(1), at(2))

  test('is split if all its steps are', () => {
    const split = partitionStep({ kind: 'loop', length: 5, steps: [body] }, ROWS, { isRowwise })
    expect(split).toMatchObject({ kind: 'loop', length: 5, steps: [{ kind: 'dot' }] })
    const turned = addKernel([ROWS, N], [[at(0), matrix]], [at(1), [1, ROWS]])
    expect(partitionStep({ kind: 'loop', length: 5, steps: [body, turned] }, 16, { isRowwise })).toBeNull()
  })

  test('of no iterations is not split', () => {
    expect(partitionStep({ kind: 'loop', length: 0, steps: [body] }, ROWS, { isRowwise })).toBeNull()
  })
})
