import { expect, test } from 'vitest'
import type { Step } from '../../src/plan/plan.js'
import { findSharedOperands } from '../../src/tiling/findSharedOperands.js'
import { partitionStep } from '../../src/tiling/partitionStep.js'
import { addKernel, at, dot } from './steps.js'

const [ROWS, N] = [8, 4]
const product = (left: number, out: number): Step => dot(ROWS, N, N, at(left), at(1), at(out))
const copy = (from: number, to: number): Step => addKernel([ROWS, N], [[at(from), [N, 1]]], [at(to), [N, 1]])

/**
 * For each product, the position of the product whose rows it shares. Slots from 2 on are tile-local, each with its own
 * memory.
 */
function shared(steps: readonly Step[], memoryOf = (slot: number) => (slot < 2 ? undefined : slot)): readonly number[] {
  const partitioned = steps.map((s) => partitionStep(s, ROWS, { isRowwise: () => true })!)
  return [...findSharedOperands(partitioned, () => true, memoryOf).values()]
}

test('products of the same rows share those that the first product prepares', () => {
  expect(shared([product(2, 3), product(2, 4), product(5, 6), product(2, 7)])).toEqual([0, 0, 2, 0])
})

test('products share rows only if the backend prepares the rows of both in the same way', () => {
  const steps = [product(2, 3), product(2, 4), product(2, 5), product(2, 6)]
  const partitioned = steps.map((s) => partitionStep(s, ROWS, { isRowwise: () => true })!)
  const even = ({ out }: { readonly out: { readonly slot: number } }): boolean => out.slot % 2 === 0
  const owners = findSharedOperands(
    partitioned,
    () => true,
    (slot) => (slot < 2 ? undefined : slot),
    (one, other) => even(one) === even(other),
  )
  expect([...owners.values()]).toEqual([0, 1, 0, 1])
})

test('nothing is shared across a step that writes the rows, or memory that they occupy', () => {
  expect(shared([product(2, 3), copy(4, 2), product(2, 5)])).toEqual([0, 2])
  expect(shared([product(2, 3), copy(4, 6), product(2, 5)])).toEqual([0, 0])
  const together = (slot: number): number => (slot === 6 ? 2 : slot)
  expect(shared([product(2, 3), copy(4, 6), product(2, 5)], together)).toEqual([0, 2])
})

test('a product for which the backend prepares nothing has no entry', () => {
  const steps = [product(2, 3), product(2, 4)].map((s) => partitionStep(s, ROWS, { isRowwise: () => true })!)
  expect(
    findSharedOperands(
      steps,
      ({ out }) => out.slot === 4,
      () => undefined,
    ).size,
  ).toBe(1)
})
