import type { Access } from '../plan/kernel.js'
import type { Step } from '../plan/plan.js'
import type { LeafStep, RowStrides } from './partitionStep.js'

/** The row strides of the operands and results of all matrix products in the steps, loops included. */
export function rowStridesOf(steps: readonly Step[], strides = new Map<number, number>()): RowStrides {
  for (const s of steps) {
    if (s.kind === 'loop') rowStridesOf(s.steps, strides)
    else if (s.kind === 'routine' && s.routine.kind === 'dot')
      strides.set(s.ins[0]!.slot, s.routine.a.m).set(s.outs[0]!.slot, s.routine.n)
  }
  return strides
}

/**
 * Candidate partition sizes of at least `least` rows: the rows of the matrix products among the first `lookahead` leaf
 * steps, divided by the repeats that the kernels next to them show.
 */
export function partitionSizes(steps: readonly Step[], least: number, lookahead = 16): ReadonlySet<number> {
  const sizes = new Set<number>()
  const near = leafSteps(steps, lookahead)
  const kernels = near.filter((s) => s.kind === 'kernel')
  for (const dot of near) {
    if (dot.kind !== 'routine' || dot.routine.kind !== 'dot') continue
    const { m, n, a } = dot.routine
    const strides = new Map([
      [dot.ins[0]!.slot, a.m],
      [dot.outs[0]!.slot, n],
    ])
    for (const { kernel, loads, stores } of kernels) {
      const add = (access: Access, slot: number): void => {
        const rowStride = strides.get(slot)
        if (rowStride === undefined || rowStride <= 0) return
        for (const [axis, length] of kernel.space.entries()) {
          const rows = (length * access.strides[axis]!) / rowStride
          if (axis !== kernel.time && Number.isInteger(rows) && rows >= least && m % rows === 0) sizes.add(rows)
        }
      }
      kernel.loads.forEach((access, i) => add(access, loads[i]!.slot))
      kernel.stores.forEach((access, i) => add(access, stores[i]!.slot))
    }
  }
  return sizes
}

/** The first `most` leaf steps, those inside loops included. */
function leafSteps(steps: readonly Step[], most: number): LeafStep[] {
  const leaves: LeafStep[] = []
  for (const s of steps) {
    if (leaves.length >= most) break
    if (s.kind === 'loop') leaves.push(...leafSteps(s.steps, most - leaves.length))
    else leaves.push(s)
  }
  return leaves
}
