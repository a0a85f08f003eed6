import { conflicts, type MemoryAccess } from './footprint.js'
import type { Task } from './task.js'

/** A step to schedule: a task and the memory that it accesses. */
export interface Leaf {
  readonly kind: 'leaf'
  readonly task: Task
  readonly footprint: readonly MemoryAccess[]
}

/** Repeated steps; `depth` loops enclose the loop. */
export interface Loop<Item> {
  readonly kind: 'loop'
  readonly length: number
  readonly depth: number
  readonly items: readonly Item[]
}

/** A tile-fused group: `workgroups` workgroups share `tiles` tiles, of which the first has the number `firstTile`. */
export interface TileLoop<Item> {
  readonly kind: 'tileFused'
  readonly firstTile: number
  readonly tiles: number
  readonly workgroups: number
  readonly depth: number
  readonly items: readonly Item[]
}

export type Work = Leaf | (Loop<Work> & { readonly footprint: readonly MemoryAccess[] }) | TileLoop<Work>

/** A step of a chain, which one workgroup runs in order. */
export type Link = Leaf | Loop<Link>

/**
 * A part of a dispatch: a task spread over its own workgroups, a chain of small tasks that a single workgroup runs, or
 * a tile-fused group.
 */
export type Part =
  | { readonly kind: 'spread'; readonly leaf: Leaf }
  | TileLoop<Link>
  | { readonly kind: 'chain'; readonly links: readonly Link[] }

/** One dispatch: parts that do not depend on each other. */
export interface Stage {
  readonly kind: 'stage'
  readonly parts: readonly Part[]
}

export type Scheduled = Stage | Loop<Scheduled>

/** The largest number of sequential operations in a task for which one workgroup is used to save a dispatch. */
const SMALL = 2048
/** The same for a whole chain. */
const CHAIN = 8192
/** The largest number of lines of WGSL in a chain: compile time grows much faster than length. */
const CHAIN_LINES = 1200

interface OpenPart {
  readonly links: Exclude<Work, TileLoop<Work>>[]
  readonly chain: boolean
  serial: number
  size: number
}

/**
 * Puts steps into as few dispatches as their dependencies allow. A step goes into the earliest dispatch after all steps
 * that it depends on. A small step that depends on one chain of small steps joins that chain and needs no dispatch. A
 * loop of small steps becomes a loop within a workgroup; any other loop runs on the host.
 */
export function scheduleWork(work: readonly Work[]): Scheduled[] {
  const done: Scheduled[] = []
  let stages: OpenPart[][] = []
  const close = (): void => {
    for (const parts of stages) done.push({ kind: 'stage', parts: parts.map(partOf) })
    stages = []
  }
  for (const item of work) {
    // All parts of a dispatch have the same number of threads, and a group has its own number.
    if (item.kind === 'tileFused') {
      close()
      done.push({ kind: 'stage', parts: [{ ...item, items: item.items.flatMap(linksOf) }] })
      continue
    }
    if (item.kind === 'loop' && !isSmall(item)) {
      close()
      done.push({ kind: 'loop', length: item.length, depth: item.depth, items: scheduleWork(item.items) })
      continue
    }
    place(stages, item)
  }
  close()
  return done
}

function place(stages: OpenPart[][], item: Exclude<Work, TileLoop<Work>>): void {
  const small = isSmall(item)
  const serial = serialOf(item)
  const size = linesOf(item)
  const waitsFor = (part: OpenPart): boolean => part.links.some((l) => conflicts(l.footprint, item.footprint))
  let at = stages.length - 1
  while (at >= 0 && !stages[at]!.some(waitsFor)) at--
  if (at >= 0 && small) {
    const before = stages[at]!.filter(waitsFor)
    const [only] = before
    if (before.length === 1 && only!.chain && only!.serial + serial <= CHAIN && only!.size + size <= CHAIN_LINES) {
      only!.links.push(item)
      only!.serial += serial
      only!.size += size
      return
    }
  }
  const stage = stages[at + 1] ?? []
  if (at + 1 === stages.length) stages.push(stage)
  stage.push({ links: [item], chain: small, serial, size })
}

/** Whether a single workgroup runs the item in less time than another dispatch takes. */
export function isSmall(item: Work): boolean {
  if (item.kind === 'leaf') return item.task.serial <= SMALL
  return item.kind === 'loop' && item.items.every(isSmall) && linesOf(item) <= CHAIN_LINES
}

/** A loop counts as one iteration: outside a chain it would cost a dispatch for each step of each iteration. */
const serialOf = (item: Work): number =>
  item.kind === 'leaf' ? item.task.serial : item.items.reduce((n, i) => n + serialOf(i), 0)

/** Lines of code. */
export const linesOf = (item: Work): number =>
  item.kind === 'leaf' ? item.task.lines : item.items.reduce((n, i) => n + linesOf(i), 0)

function partOf(part: OpenPart): Part {
  const [first] = part.links
  return part.chain || first?.kind !== 'leaf'
    ? { kind: 'chain', links: part.links.flatMap(linksOf) }
    : { kind: 'spread', leaf: first }
}

/** A tile-fused group is never part of a chain. */
function linksOf(item: Work): Link[] {
  if (item.kind === 'tileFused') return []
  return [item.kind === 'leaf' ? item : { ...item, items: item.items.flatMap(linksOf) }]
}
