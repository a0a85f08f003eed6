import type { Operand } from '../plan/plan.js'
import type { DotStep, PartitionedStep } from './partitionStep.js'

/**
 * Finds products of a tile that read the same left operand while nothing writes it, so that a backend prepares that
 * operand once: spikes, for example, are found once for all products of them.
 *
 * @param steps the steps of a group, or of a loop in it
 * @param canShare whether the backend prepares the left operand of a product
 * @param memoryOf the place of a tile-local slot in a tile's scratch; undefined for other slots
 * @param preparesAlike whether the backend can use the left operand that it prepared for one product in the other;
 *   default: always
 * @returns for each such product the position in `steps` of the first product that it shares the operand with, or its
 *   own
 */
export function findSharedOperands(
  steps: readonly PartitionedStep[],
  canShare: (dot: DotStep) => boolean,
  memoryOf: (slot: number) => number | undefined,
  preparesAlike: (one: DotStep, other: DotStep) => boolean = () => true,
): ReadonlyMap<DotStep, number> {
  const orders = new Map<DotStep, number>()
  const serves = (one: DotStep, other: DotStep): boolean => readsSame(one, other) && preparesAlike(one, other)
  for (const [i, step] of steps.entries()) {
    if (step.kind !== 'dot' || !canShare(step.step)) continue
    const before = earlier(steps, i, step.step, (one, other) => orders.has(one) && serves(one, other), memoryOf)
    orders.set(step.step, before === null ? i : orders.get(before)!)
  }
  return orders
}

/** The nearest product before that serves `dot`. */
function earlier(
  steps: readonly PartitionedStep[],
  at: number,
  dot: DotStep,
  serves: (one: DotStep, other: DotStep) => boolean,
  memoryOf: (slot: number) => number | undefined,
): DotStep | null {
  const [left] = dot.ins
  const memory = memoryOf(left.slot)
  const overwrites = (out: Operand): boolean => memory !== undefined && memoryOf(out.slot) === memory
  for (let j = at - 1; j >= 0; j--) {
    const step = steps[j]!
    if (step.kind === 'loop') return null
    if ((step.kind === 'dot' ? [step.step.out] : step.step.stores).some(overwrites)) return null
    if (step.kind === 'dot' && serves(step.step, dot)) return step.step
  }
  return null
}

function readsSame({ ins: [x], routine: p }: DotStep, { ins: [y], routine: q }: DotStep): boolean {
  const sameOperand = x.slot === y.slot && x.offset === y.offset && sameNumbers(x.advance, y.advance)
  return sameOperand && p.m === q.m && p.k === q.k && p.a.m === q.a.m && p.a.k === q.a.k
}

const sameNumbers = (x: readonly number[], y: readonly number[]): boolean =>
  x.length === y.length && x.every((n, i) => n === y[i])
