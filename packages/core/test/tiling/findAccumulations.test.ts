import { expect, test } from 'vitest'
import type { Step } from '../../src/plan/plan.js'
import { findAccumulations, type Accumulations } from '../../src/tiling/findAccumulations.js'
import { partitionStep, type DotStep, type KernelStep } from '../../src/tiling/partitionStep.js'
import { countAccesses } from '../../src/tiling/slotStates.js'
import { addKernel, at, dot } from './steps.js'

const [ROWS, N] = [8, 4]
const matrix = [N, 1]
const product = (slot: number): Step => dot(ROWS, N, N, at(0), at(1), at(slot))
const sum = (...slots: number[]): KernelStep =>
  addKernel(
    [ROWS, N],
    slots.map((s) => [at(s), matrix]),
    [at(2), matrix],
  )

function find(steps: readonly Step[], canAccumulate: (dot: DotStep) => boolean = () => true): Accumulations {
  const partitioned = steps.map((s) => partitionStep(s, ROWS, { isRowwise: () => true })!)
  const rowExtents = new Map([3, 4, 5].map((slot) => [slot, N]))
  return findAccumulations({ steps: partitioned, rowExtents }, countAccesses(steps), canAccumulate)
}

test('the later of two products that only their sum reads accumulates onto the earlier one', () => {
  for (const operands of [
    [3, 4],
    [4, 3],
  ]) {
    const kernel = sum(...operands)
    const { into, kernels } = find([product(3), product(4), kernel])
    expect(into).toEqual(new Map([[4, 3]]))
    expect(kernels.get(kernel)?.nodes[2]).toEqual({ op: 'load', dtype: 'f32', operand: operands.indexOf(3) })
  }
})

test('a sum of three accumulates in its own order, and only in that order', () => {
  expect(find([product(3), product(4), product(5), sum(3, 4, 5)]).into).toEqual(
    new Map([
      [4, 3],
      [5, 3],
    ]),
  )
  // (3 + 5) + 4: product 4 runs before product 5, so it may not come second.
  expect(find([product(3), product(4), product(5), sum(3, 5, 4)]).into).toEqual(new Map([[5, 3]]))
  // (4 + 5) + 3 is not (3 + 4) + 5.
  expect(find([product(3), product(4), product(5), sum(4, 5, 3)]).into).toEqual(new Map([[5, 4]]))
})

test('a product does not accumulate if it is read again or the backend cannot add it', () => {
  expect(find([product(3), product(4), sum(3, 4), sum(4)]).into.size).toBe(0)
  expect(find([product(3), product(4), sum(3, 4)], () => false).into.size).toBe(0)
})
