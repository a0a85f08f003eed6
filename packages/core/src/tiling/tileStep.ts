import { bytesOf } from '../tensor/dtype.js'
import type { Access } from '../plan/kernel.js'
import type { DotStep, KernelStep, Locality, StraightLocality, StraightStep } from './locality.js'
import type { DotRoutine, Operand, Slot, Step } from '../plan/plan.js'

/** What the steps of a tile need to know: `members` of the `count` of a partition are done, `tile` in a whole tile. */
export interface TileOf {
  readonly count: number
  readonly tile: number
  /** Runs of the slots that lie in the tile's own memory. */
  readonly runs: ReadonlyMap<number, number>
  /** Loops of the plan around the band. */
  readonly depth: number
}

/**
 * A step for `members` members of the partition. Its operands advance by a whole tile a turn of one more loop, the
 * innermost of those around the band; those in the tile's own memory stand at its start and have the strides that they
 * have in there.
 */
export function tileStep(local: StraightLocality, of: TileOf, members: number): StraightStep
export function tileStep(local: Locality, of: TileOf, members: number): Step
export function tileStep(local: Locality, of: TileOf, members: number): Step {
  switch (local.kind) {
    case 'kernel':
      return kernelStep(local.step, local.axis, of, members)
    case 'dot':
      return dotStep(local.step, of, members)
    case 'loop':
      return { kind: 'loop', length: local.length, steps: local.items.map((l) => tileStep(l, of, members)) }
  }
}

function kernelStep(step: KernelStep, axis: number, of: TileOf, members: number): StraightStep {
  const { kernel } = step
  const length = kernel.space[axis]! / of.count
  const move = <A extends Access>(a: A, o: Operand): [A, Operand] => {
    const run = of.runs.get(o.slot)
    if (run === undefined) return [a, advanced(o, of, length * a.strides[axis]!)]
    const short = (n: number): number => shrunk(n, run, of.count, members)
    const strides = a.strides.map((s, b) => (b === axis ? s : short(s)))
    return [{ ...a, offset: short(o.offset + a.offset), strides }, own(o, of)]
  }
  const loads = kernel.loads.map((a, i) => move(a, step.loads[i]!))
  const stores = kernel.stores.map((a, i) => move(a, step.stores[i]!))
  return {
    kind: 'kernel',
    kernel: {
      ...kernel,
      space: kernel.space.map((n, b) => (b === axis ? length * members : n)),
      loads: loads.map(([a]) => a),
      stores: stores.map(([a]) => a),
    },
    loads: loads.map(([, o]) => o),
    stores: stores.map(([, o]) => o),
  }
}

/** Rows of a product are `repeats` times the partition: A is in the tile's memory then, or the repeats become a batch. */
function dotStep({ routine: r, ins: [a, b], out }: DotStep, of: TileOf, members: number): StraightStep {
  const repeats = r.m / of.count
  const inTile = of.runs.has(a.slot)
  const place = (o: Operand, row: number): Operand =>
    of.runs.has(o.slot) ? { ...own(o, of), offset: shrunk(o.offset, row, of.count, members) } : advanced(o, of, row)
  const routine: DotRoutine =
    inTile || repeats === 1
      ? {
          ...r,
          m: repeats * members,
          a: { ...r.a, batch: inTile ? shrunk(r.a.batch, r.a.m, of.count, members) : r.a.batch },
        }
      : { ...r, batch: repeats, m: members, a: { ...r.a, batch: r.a.m * of.count }, b: { ...r.b, batch: 0 } }
  return {
    kind: 'routine',
    routine,
    ins: [place(a, r.a.m), advanced(b, of, 0)],
    outs: [place(out, r.n)],
  }
}

/** True where a step can be done tile by tile: the rows of its products lie in the tile's memory, or apart by the same distance. */
export function isTileable(local: Locality, of: TileOf): boolean {
  if (local.kind === 'loop') return local.items.every((l) => isTileable(l, of))
  return local.kind === 'kernel' || isTileableDot(local.step, of)
}

function isTileableDot({ routine: r, ins, out }: DotStep, of: TileOf): boolean {
  const repeats = r.m / of.count
  const a = of.runs.has(ins[0].slot)
  const c = of.runs.has(out.slot)
  return (c || (r.batch === 1 && repeats === 1)) && (a || repeats === 1 || r.batch === 1)
}

const own = (o: Operand, of: TileOf): Operand => ({ slot: o.slot, offset: 0, advance: inside(o, of, 0) })

const advanced = (o: Operand, of: TileOf, member: number): Operand => ({
  ...o,
  advance: inside(o, of, member * of.tile),
})

/** The advance of an operand with that of the loop over tiles: behind those of the loops around the band, before those in it. */
const inside = ({ advance }: Operand, { depth }: TileOf, by: number): number[] => [
  ...Array.from({ length: depth }, (_, d) => advance[d] ?? 0),
  by,
  ...advance.slice(depth),
]

/** The memory of a tile: its bytes, and from which to which of them each slot of `runs` has its part. */
export interface TileMemory {
  readonly bytes: number
  readonly own: ReadonlyMap<number, { readonly from: number; readonly to: number }>
}

/** Lays the parts that a tile of `tile` members has of the slots of `runs` one behind the other, each at a multiple of 64 bytes. */
export function tileMemory(slots: readonly Slot[], { runs, count, tile }: Omit<TileOf, 'depth'>): TileMemory {
  const own = new Map<number, { from: number; to: number }>()
  let bytes = 0
  for (const slot of runs.keys()) {
    const { size, dtype } = slots[slot]!
    const to = bytes + (size / count) * tile * bytesOf(dtype)
    own.set(slot, { from: bytes, to })
    bytes = Math.ceil(to / 64) * 64
  }
  return { bytes, own }
}

/** The largest tile up to `most` that leaves no rest, if there is one of at least half of it; else one whose rest is not below `least`. */
export function evenTile(count: number, most: number, least: number): number {
  for (let t = most; t >= most / 2 && t >= least; t--) if (count % t === 0) return t
  for (let t = most; ; t++) if (count % t >= least || count % t === 0) return t
}

/** A distance in the whole slot as one in the tile's memory: what passes over whole partitions shrinks with them. */
function shrunk(distance: number, run: number, count: number, members: number): number {
  const period = run * count
  // A small step back is not a whole period less.
  if (distance < 0 && -distance < run) return distance
  const inside = ((distance % period) + period) % period
  return ((distance - inside) / period) * run * members + inside
}
