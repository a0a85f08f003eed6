import type { Access } from '../plan/kernel.js'
import type { Operand, Step } from '../plan/plan.js'
import type { DotRoutine } from '../routines/dot.js'
import type { DotStep, KernelStep, LeafStep, PartitionedLeaf, PartitionedStep } from './partitionStep.js'

/** How a group is divided into tiles. */
export interface Tiling {
  /** Rows of the whole partition. */
  readonly partitionSize: number
  /** Rows of a whole tile; the last tile may have fewer. */
  readonly tileRows: number
  /** Row extents of the tile-local slots. */
  readonly rowExtents: ReadonlyMap<number, number>
  /** Number of the plan's loops around the group. */
  readonly depth: number
}

/**
 * The step for one tile of `rows` rows. The loop over tiles is the innermost of the loops around the group: operands
 * advance by a whole tile with each of its iterations. Operands in tile-local slots address the tile's scratch: they
 * start at its beginning, and their strides are those of `rows` rows.
 */
export function tileStep(step: PartitionedLeaf, tiling: Tiling, rows: number): LeafStep
export function tileStep(step: PartitionedStep, tiling: Tiling, rows: number): Step
export function tileStep(step: PartitionedStep, tiling: Tiling, rows: number): Step {
  switch (step.kind) {
    case 'kernel':
      return kernelStep(step.step, step.axis, tiling, rows)
    case 'dot':
      return dotStep(step.step, tiling, rows)
    case 'loop':
      return { kind: 'loop', length: step.length, steps: step.steps.map((s) => tileStep(s, tiling, rows)) }
  }
}

/**
 * True if {@link tileStep} can express the step: a product with several repeats of the partition needs its result in
 * the tile's scratch, and its left operand there too or a batch of 1.
 */
export function hasTileStep(step: PartitionedStep, tiling: Tiling): boolean {
  if (step.kind === 'loop') return step.steps.every((s) => hasTileStep(s, tiling))
  if (step.kind === 'kernel') return true
  const { routine: r, ins, out } = step.step
  const repeats = r.m / tiling.partitionSize
  const aIsLocal = tiling.rowExtents.has(ins[0].slot)
  const outIsLocal = tiling.rowExtents.has(out.slot)
  return (outIsLocal || (r.batch === 1 && repeats === 1)) && (aIsLocal || repeats === 1 || r.batch === 1)
}

function kernelStep(step: KernelStep, axis: number, tiling: Tiling, rows: number): LeafStep {
  const { kernel } = step
  const length = kernel.space[axis]! / tiling.partitionSize
  const move = <A extends Access>(access: A, operand: Operand): [A, Operand] => {
    const rowExtent = tiling.rowExtents.get(operand.slot)
    if (rowExtent === undefined) return [access, advanced(operand, tiling, length * access.strides[axis]!)]
    const local = (n: number): number => localDistance(n, rowExtent, tiling.partitionSize, rows)
    const strides = access.strides.map((s, b) => (b === axis ? s : local(s)))
    return [{ ...access, offset: local(operand.offset + access.offset), strides }, inScratch(operand, tiling)]
  }
  const loads = kernel.loads.map((a, i) => move(a, step.loads[i]!))
  const stores = kernel.stores.map((a, i) => move(a, step.stores[i]!))
  return {
    kind: 'kernel',
    kernel: {
      ...kernel,
      space: kernel.space.map((n, b) => (b === axis ? length * rows : n)),
      loads: loads.map(([a]) => a),
      stores: stores.map(([a]) => a),
    },
    loads: loads.map(([, o]) => o),
    stores: stores.map(([, o]) => o),
  }
}

/** Repeats of the partition stay rows of one product where A is in the scratch; otherwise they become a batch. */
function dotStep({ routine: r, ins: [a, b], out }: DotStep, tiling: Tiling, rows: number): LeafStep {
  const { partitionSize, rowExtents } = tiling
  const repeats = r.m / partitionSize
  const aIsLocal = rowExtents.has(a.slot)
  const place = (o: Operand, rowStride: number): Operand =>
    rowExtents.has(o.slot)
      ? { ...inScratch(o, tiling), offset: localDistance(o.offset, rowStride, partitionSize, rows) }
      : advanced(o, tiling, rowStride)
  const aBatch = aIsLocal ? localDistance(r.a.batch, r.a.m, partitionSize, rows) : r.a.batch
  const routine: DotRoutine =
    aIsLocal || repeats === 1
      ? { ...r, m: repeats * rows, a: { ...r.a, batch: aBatch } }
      : { ...r, batch: repeats, m: rows, a: { ...r.a, batch: r.a.m * partitionSize }, b: { ...r.b, batch: 0 } }
  return {
    kind: 'routine',
    routine,
    ins: [place(a, r.a.m), advanced(b, tiling, 0)],
    outs: [place(out, r.n)],
  }
}

const inScratch = (o: Operand, tiling: Tiling): Operand => ({
  slot: o.slot,
  offset: 0,
  advance: withTileLoop(o, tiling, 0),
})

const advanced = (o: Operand, tiling: Tiling, rowStride: number): Operand => ({
  ...o,
  advance: withTileLoop(o, tiling, rowStride * tiling.tileRows),
})

/** The operand's advances with that of the loop over tiles, which is inside the loops around the group. */
const withTileLoop = ({ advance }: Operand, { depth }: Tiling, by: number): number[] => [
  ...Array.from({ length: depth }, (_, d) => advance[d] ?? 0),
  by,
  ...advance.slice(depth),
]

/** A distance within the whole slot as a distance within the scratch: whole partitions become whole tiles. */
function localDistance(distance: number, rowExtent: number, partitionSize: number, rows: number): number {
  const period = rowExtent * partitionSize
  // A step back within a row does not cross a partition.
  if (distance < 0 && -distance < rowExtent) return distance
  const inside = ((distance % period) + period) % period
  return ((distance - inside) / period) * rowExtent * rows + inside
}
