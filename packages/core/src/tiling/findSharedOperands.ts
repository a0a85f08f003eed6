import type { Operand } from '../plan/plan.js'
import type { DotStep, PartitionedStep } from './partitionStep.js'

/**
 * Finds products of a tile that read the same left operand while nothing writes it, so that a backend prepares that
 * operand once: spikes, for example, are found once for all products of them.
 *
 * @param steps the steps of a group, or of a loop in it
 * @param canShare whether the backend prepares the left operand of a product
 * @param memoryOf the place of a tile-local slot in a tile's scratch; undefined for other slots
 * @returns for each such product the position in `steps` of the earlier product that it shares the operand with, or its own
 */
export function findSharedOperands(
  steps: readonly PartitionedStep[],
  canShare: (dot: DotStep) => boolean,
  memoryOf: (slot: number) => number | undefined,
): ReadonlyMap<DotStep, number> {
  const found = new Map<DotStep, number>()
  for (const [i, step] of steps.entries()) {
    if (step.kind !== 'dot' || !canShare(step.step)) continue
    found.set(step.step, earlier(steps, i, step.step, canShare, memoryOf) ?? i)
  }
  return found
}

function earlier(
  steps: readonly PartitionedStep[],
  at: number,
  dot: DotStep,
  canShare: (dot: DotStep) => boolean,
  memoryOf: (slot: number) => number | undefined,
): number | null {
  const [left] = dot.ins
  const memory = memoryOf(left.slot)
  const overwrites = (out: Operand): boolean => memory !== undefined && memoryOf(out.slot) === memory
  for (let j = at - 1; j >= 0; j--) {
    const step = steps[j]!
    if (step.kind === 'loop') return null
    if ((step.kind === 'dot' ? [step.step.out] : step.step.stores).some(overwrites)) return null
    if (step.kind === 'dot' && canShare(step.step) && readsSame(step.step, dot)) return j
  }
  return null
}

function readsSame({ ins: [x], routine: p }: DotStep, { ins: [y], routine: q }: DotStep): boolean {
  const sameOperand = x.slot === y.slot && x.offset === y.offset && sameNumbers(x.advance, y.advance)
  return sameOperand && p.m === q.m && p.k === q.k && p.a.m === q.a.m && p.a.k === q.a.k
}

const sameNumbers = (x: readonly number[], y: readonly number[]): boolean =>
  x.length === y.length && x.every((n, i) => n === y[i])
