import type { Access, Kernel } from '../plan/kernel.js'
import type { Operand, Step } from '../plan/plan.js'
import type { DotRoutine } from '../routines/dot.js'

/** A step that is not a loop. */
export type LeafStep = Exclude<Step, { readonly kind: 'loop' }>

export type KernelStep = Extract<Step, { readonly kind: 'kernel' }>

/** A matrix product whose m rows are the rows of the partition, repeated m / partitionSize times. */
export interface DotStep {
  readonly routine: DotRoutine
  readonly ins: readonly [Operand, Operand]
  readonly out: Operand
}

/**
 * How one operand of a step accesses its slot under a partition into `partitionSize` rows. Element e of the slot
 * belongs to row ⌊e / rowExtent⌋ mod partitionSize. For a slot of shape [time, batch, neurons] that is partitioned
 * along the batch, rowExtent is the number of neurons.
 */
export interface AccessFootprint {
  readonly slot: number
  readonly writes: boolean
  /** Null if the accesses of one row reach elements of another row. */
  readonly rowExtent: number | null
  /** True if the operand does not advance with the enclosing loops. */
  readonly invariant: boolean
  /** Number of distinct elements accessed; 0 for the inputs of a product. */
  readonly elements: number
}

/** A leaf step that computes each row from the same row of the slots that its group writes. */
export type PartitionedLeaf =
  | {
      readonly kind: 'kernel'
      readonly step: KernelStep
      /** Axis of the kernel's space along which the rows run. */
      readonly axis: number
      readonly footprints: readonly AccessFootprint[]
    }
  | { readonly kind: 'dot'; readonly step: DotStep; readonly footprints: readonly AccessFootprint[] }

/** A leaf step or a loop that computes each row from the same row. */
export type PartitionedStep =
  | PartitionedLeaf
  | {
      readonly kind: 'loop'
      readonly length: number
      readonly steps: readonly PartitionedStep[]
      readonly footprints: readonly AccessFootprint[]
    }

/** For each slot, the stride in elements between the rows that matrix products read from it or write to it. */
export type RowStrides = ReadonlyMap<number, number>

/** Which steps a backend can split along a partition. */
export interface PartitionOptions {
  /** True if the backend computes the product a few rows at a time with unchanged results. */
  readonly isRowwise: (routine: DotRoutine) => boolean
  /** Where several axes of a kernel qualify, the axis that matches these strides wins. Default: none. */
  readonly rowStrides?: RowStrides
  /** True also splits kernels that reduce over other axes than the partitioned one. Default false. */
  readonly reductions?: boolean
}

/**
 * Splits a leaf step along a partition of `partitionSize` rows; null if the rows depend on each other, or for a loop.
 */
export function partitionLeaf(step: Step, partitionSize: number, options: PartitionOptions): PartitionedLeaf | null {
  if (step.kind === 'kernel') return partitionKernel(step, partitionSize, options)
  if (step.kind !== 'routine' || step.routine.kind !== 'dot' || !options.isRowwise(step.routine)) return null
  const { routine, ins, outs } = step
  if (routine.windows !== undefined) return null
  return partitionDot({ routine, ins: [ins[0]!, ins[1]!], out: outs[0]! }, partitionSize)
}

/** Splits a step along a partition of `partitionSize` rows; a loop is split if all its steps are. Null otherwise. */
export function partitionStep(step: Step, partitionSize: number, options: PartitionOptions): PartitionedStep | null {
  if (step.kind !== 'loop') return partitionLeaf(step, partitionSize, options)
  if (step.length === 0) return null
  const steps: PartitionedStep[] = []
  for (const inner of step.steps) {
    const split = partitionStep(inner, partitionSize, options)
    if (split === null) return null
    steps.push(split)
  }
  return { kind: 'loop', length: step.length, steps, footprints: steps.flatMap((s) => s.footprints) }
}

/**
 * Chooses the axis along which most operands keep the rows separate; every store must. Operands that match `rowStrides`
 * count more than all others together.
 */
function partitionKernel(
  step: KernelStep,
  partitionSize: number,
  { rowStrides, reductions = false }: PartitionOptions,
): PartitionedLeaf | null {
  const { kernel, loads, stores } = step
  if (kernel.reduce.length > 0 && !reductions) return null
  let best: PartitionedLeaf | null = null
  let bestScore = 0
  for (const [axis, length] of kernel.space.entries()) {
    if (axis === kernel.time || kernel.reduce.includes(axis) || length === 0 || length % partitionSize !== 0) continue
    if (kernel.nodes.some((n) => n.op === 'index' && n.axis === axis)) continue
    const footprints = [
      ...kernel.loads.map((a, i) => footprint(loads[i]!, a, kernel, axis, partitionSize, false)),
      ...kernel.stores.map((a, i) => footprint(stores[i]!, a, kernel, axis, partitionSize, true)),
    ]
    if (footprints.some((f) => f.writes && f.rowExtent === null)) continue
    const separated = footprints.filter((f) => f.rowExtent !== null)
    const matching = separated.filter((f) => f.rowExtent === rowStrides?.get(f.slot))
    const score = matching.length * (footprints.length + 1) + separated.length
    if (score > bestScore) [best, bestScore] = [{ kind: 'kernel', step, axis, footprints }, score]
  }
  return best
}

function footprint(
  operand: Operand,
  access: Access,
  kernel: Kernel,
  axis: number,
  partitionSize: number,
  writes: boolean,
): AccessFootprint {
  const elements = kernel.space.reduce((n, d, b) => (access.strides[b] === 0 ? n : n * d), 1)
  const facts = { slot: operand.slot, writes, invariant: isInvariant(operand), elements }
  const stride = access.strides[axis]!
  const start = operand.offset + access.offset
  if (stride <= 0 || start < 0) return { ...facts, rowExtent: null }
  const length = kernel.space[axis]! / partitionSize
  const rowExtent = length * stride
  const period = rowExtent * partitionSize
  // The lowest and highest element that the first row reaches, modulo whole partitions.
  let low = start % period
  let high = low + (length - 1) * stride
  for (const [b, d] of kernel.space.entries()) {
    const reach = access.strides[b]! * (d - 1)
    if (b === axis || access.strides[b]! % period === 0) continue
    if (reach < 0) low += reach
    else high += reach
  }
  const separated = low >= 0 && high < rowExtent && operand.advance.every((by) => by % period === 0)
  return { ...facts, rowExtent: separated ? rowExtent : null }
}

function partitionDot(step: DotStep, partitionSize: number): PartitionedLeaf | null {
  const {
    routine: r,
    ins: [a, b],
    out: c,
  } = step
  if (r.m === 0 || r.m % partitionSize !== 0) return null
  // An operand may start in a later partition (another time step, for example), but its rows must not cross rows of the
  // slot.
  const isSeparated = (o: Operand, rowStride: number, width: number, batchStride: number): boolean => {
    const period = rowStride * partitionSize
    return (
      rowStride > 0 &&
      (r.batch === 1 || batchStride % period === 0) &&
      o.offset >= 0 &&
      (o.offset % period) + width <= rowStride &&
      o.advance.every((by) => by % period === 0)
    )
  }
  if (!isSeparated(c, r.n, r.n, r.m * r.n)) return null
  const aSeparated = r.a.k >= 0 && isSeparated(a, r.a.m, (r.k - 1) * r.a.k + 1, r.a.batch)
  return {
    kind: 'dot',
    step,
    footprints: [
      { slot: a.slot, writes: false, rowExtent: aSeparated ? r.a.m : null, invariant: isInvariant(a), elements: 0 },
      { slot: b.slot, writes: false, rowExtent: null, invariant: isInvariant(b), elements: 0 },
      { slot: c.slot, writes: true, rowExtent: r.n, invariant: isInvariant(c), elements: r.batch * r.m * r.n },
    ],
  }
}

const isInvariant = (o: Operand): boolean => o.advance.every((by) => by === 0)
