import type { Access, DotRoutine, Operand } from '@spikeward/core/backend'
import type { StraightStep } from './build.js'
import type { DotStep, KernelStep, Locality } from './locality.js'

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
 * innermost; those in the tile's own memory stand at its start and have the strides that they have in there.
 */
export const tileStep = (local: Locality, of: TileOf, members: number): StraightStep =>
  local.kind === 'kernel' ? kernelStep(local.step, local.axis, of, members) : dotStep(local.step, of, members)

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

/** True where a product can be done tile by tile: its rows lie in the tile's memory, or apart by the same distance. */
export function isTileable({ routine: r, ins, out }: DotStep, of: TileOf): boolean {
  const repeats = r.m / of.count
  const a = of.runs.has(ins[0].slot)
  const c = of.runs.has(out.slot)
  return (c || (r.batch === 1 && repeats === 1)) && (a || repeats === 1 || r.batch === 1)
}

const pad = (o: Operand, { depth }: TileOf): number[] => Array.from({ length: depth }, (_, d) => o.advance[d] ?? 0)

const own = (o: Operand, of: TileOf): Operand => ({ slot: o.slot, offset: 0, advance: [...pad(o, of), 0] })

const advanced = (o: Operand, of: TileOf, member: number): Operand => ({
  ...o,
  advance: [...pad(o, of), member * of.tile],
})

/** A distance in the whole slot as one in the tile's memory: what passes over whole partitions shrinks with them. */
function shrunk(distance: number, run: number, count: number, members: number): number {
  const period = run * count
  // A small step back is not a whole period less.
  if (distance < 0 && -distance < run) return distance
  const inside = ((distance % period) + period) % period
  return ((distance - inside) / period) * run * members + inside
}
