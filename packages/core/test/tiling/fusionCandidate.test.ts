import { describe, expect, test } from 'vitest'
import type { Plan, Step } from '../../src/plan/plan.js'
import {
  bestCandidate,
  findCandidate,
  type FusionCandidate,
  type FusionRules,
} from '../../src/tiling/fusionCandidate.js'
import { partitionSizes } from '../../src/tiling/partitionSizes.js'
import { partitionStep, type PartitionedStep } from '../../src/tiling/partitionStep.js'
import { countAccesses } from '../../src/tiling/slotStates.js'
import { hasTileStep } from '../../src/tiling/tileStep.js'
import { addKernel, at, dot, planOf } from './steps.js'

const always = (): boolean => true
const [ROWS, N] = [8, 4]
const matrix = [N, 1]

const rulesOf = (separatesAliases: boolean): FusionRules<PartitionedStep> => ({
  partition: (step, rows) => partitionStep(step, rows, { isRowwise: always }),
  fits: always,
  canTile: hasTileStep,
  separatesAliases,
})

const find = (plan: Plan, separatesAliases = false): FusionCandidate<PartitionedStep> | null =>
  findCandidate(
    { plan, steps: plan.steps, depth: 0, accesses: countAccesses(plan.steps) },
    ROWS,
    rulesOf(separatesAliases),
  )

describe('tile-local slots', () => {
  // input 0 · input 1 → temporary 3, + input 0 → output 2
  const steps: readonly Step[] = [
    dot(ROWS, N, N, at(0), at(1), at(3)),
    addKernel(
      [ROWS, N],
      [
        [at(3), matrix],
        [at(0), matrix],
      ],
      [at(2), matrix],
    ),
  ]
  const sizes = [ROWS * N, N * N]

  test('are temporaries that the group fills and that no other step accesses', () => {
    const found = find(planOf(sizes, [ROWS * N], [[ROWS * N, 0]], steps))
    expect(found?.steps.length).toBe(2)
    expect(found?.rowExtents).toEqual(new Map([[3, N]]))
    expect(found?.localBytes).toBe(4 * ROWS * N)
  })

  test('are not those that a later step reads', () => {
    const reversed = addKernel([ROWS * N], [[at(3, ROWS * N - 1), [-1]]], [at(4), [1]])
    const found = find(
      planOf(
        sizes,
        [ROWS * N],
        [
          [ROWS * N, 0],
          [ROWS * N, 256],
        ],
        [...steps, reversed],
      ),
    )
    expect(found?.steps.length).toBe(2)
    expect(found?.rowExtents.size).toBe(0)
  })
})

describe('slots that share memory', () => {
  // The product leaves rows of N, the last kernel rows of 2 N in the same memory.
  const plan = planOf(
    [ROWS * N, N * N, ROWS * 2 * N],
    [ROWS * N],
    [
      [ROWS * N, 0],
      [ROWS * 2 * N, 0],
    ],
    [
      dot(ROWS, N, N, at(0), at(1), at(4)),
      addKernel([ROWS, N], [[at(4), matrix]], [at(3), matrix]),
      addKernel([ROWS, 2 * N], [[at(2), [2 * N, 1]]], [at(5), [2 * N, 1]]),
      // Later steps that read the temporaries across rows: neither is tile-local.
      addKernel([N, ROWS], [[at(4), [1, N]]], [at(3), [ROWS, 1]]),
      addKernel([N, ROWS], [[at(5), [1, N]]], [at(3), [ROWS, 1]]),
    ],
  )

  test('end the group if the backend does not separate them', () => {
    expect(find(plan)?.steps.length).toBe(2)
  })

  test('are separated if it does: the smaller slot moves', () => {
    const found = find(plan, true)
    expect(found?.steps.length).toBe(3)
    expect(found?.nonAliased).toEqual(new Set([4]))
  })
})

test('bestCandidate tries every partition size and keeps the worthwhile candidate', () => {
  const steps = [dot(ROWS, N, N, at(0), at(1), at(3)), addKernel([ROWS, N], [[at(3), matrix]], [at(2), matrix])]
  const plan = planOf([ROWS * N, N * N], [ROWS * N], [[ROWS * N, 0]], steps)
  expect([...partitionSizes(steps, 2)]).toEqual([ROWS])
  expect([...partitionSizes(steps, ROWS + 1)]).toEqual([])
  const scope = { plan, steps, depth: 0, accesses: countAccesses(steps) }
  expect(bestCandidate(scope, [3, ROWS], rulesOf(false), always)?.partitionSize).toBe(ROWS)
  expect(bestCandidate(scope, [3, ROWS], rulesOf(false), () => false)).toBeNull()
})
