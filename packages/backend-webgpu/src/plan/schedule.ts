import { conflict, type Touch } from './touches.js'
import type { Task } from './task.js'

/** A step to be scheduled: a task with what it touches. */
export interface Leaf {
  readonly kind: 'leaf'
  readonly task: Task
  readonly touches: readonly Touch[]
}

/** Steps done over and over; `depth` loops enclose it. */
export interface Loop<Item> {
  readonly kind: 'loop'
  readonly length: number
  readonly depth: number
  readonly items: readonly Item[]
}

/** What `groups` workgroups do each for tiles of its own, one after the other: tiles from number `first` on. */
export interface Tiles<Item> {
  readonly kind: 'band'
  readonly first: number
  readonly tiles: number
  readonly groups: number
  readonly depth: number
  readonly items: readonly Item[]
}

export type Work = Leaf | (Loop<Work> & { readonly touches: readonly Touch[] }) | Tiles<Work>

/** What one workgroup does alone, one thing after the other. */
export type Link = Leaf | Loop<Link>

/**
 * Of a dispatch: a task spread over workgroups of its own, a chain of small ones that a single workgroup does, or a chain
 * that workgroups do each for tiles of its own.
 */
export type Part =
  | { readonly kind: 'spread'; readonly leaf: Leaf }
  | Tiles<Link>
  | { readonly kind: 'chain'; readonly links: readonly Link[] }

/** One dispatch: parts that do not see each other. */
export interface Stage {
  readonly kind: 'stage'
  readonly parts: readonly Part[]
}

export type Scheduled = Stage | Loop<Scheduled>

/** Operations in a row up to which a task is left to a single workgroup, if that saves a dispatch. */
const SMALL = 2048
/** The same for all that is chained one after the other. */
const CHAIN = 8192
/** Lines of code up to which steps share a chain: compilers take far more than twice as long for twice the length. */
const CODE = 1200

interface OpenPart {
  readonly links: Exclude<Work, Tiles<Work>>[]
  readonly chain: boolean
  serial: number
  size: number
}

/**
 * Puts steps into as few dispatches as their order allows. A step goes into the earliest dispatch behind all that it has
 * to wait for; where that is a chain of small steps and it is small itself, it joins the chain and costs no dispatch at
 * all. A loop of nothing but small steps becomes a loop within a workgroup; any other is walked by the host.
 */
export function schedule(work: readonly Work[]): Scheduled[] {
  const done: Scheduled[] = []
  let stages: OpenPart[][] = []
  const close = (): void => {
    for (const parts of stages) done.push({ kind: 'stage', parts: parts.map(partOf) })
    stages = []
  }
  for (const item of work) {
    // What shares a dispatch shares its number of threads.
    if (item.kind === 'band') {
      close()
      done.push({ kind: 'stage', parts: [{ ...item, items: item.items.flatMap(linksOf) }] })
      continue
    }
    if (item.kind === 'loop' && !isSmall(item)) {
      close()
      done.push({ kind: 'loop', length: item.length, depth: item.depth, items: schedule(item.items) })
      continue
    }
    place(stages, item)
  }
  close()
  return done
}

function place(stages: OpenPart[][], item: Exclude<Work, Tiles<Work>>): void {
  const small = isSmall(item)
  const serial = serialOf(item)
  const size = sizeOf(item)
  const waitsFor = (part: OpenPart): boolean => part.links.some((l) => conflict(l.touches, item.touches))
  let at = stages.length - 1
  while (at >= 0 && !stages[at]!.some(waitsFor)) at--
  if (at >= 0 && small) {
    const before = stages[at]!.filter(waitsFor)
    const [only] = before
    if (before.length === 1 && only!.chain && only!.serial + serial <= CHAIN && only!.size + size <= CODE) {
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

/** Whether it is left to a single workgroup: what takes that no longer than another dispatch would. */
export function isSmall(item: Work): boolean {
  if (item.kind === 'leaf') return item.task.serial <= SMALL
  return item.kind === 'loop' && item.items.every(isSmall) && sizeOf(item) <= CODE
}

/** A loop counts as one round of it: what it would cost otherwise is a dispatch a step. */
const serialOf = (item: Work): number =>
  item.kind === 'leaf' ? item.task.serial : item.items.reduce((n, i) => n + serialOf(i), 0)

/** Lines of code. */
export const sizeOf = (item: Work): number =>
  item.kind === 'leaf' ? item.task.size : item.items.reduce((n, i) => n + sizeOf(i), 0)

function partOf(part: OpenPart): Part {
  const [first] = part.links
  return part.chain || first?.kind !== 'leaf'
    ? { kind: 'chain', links: part.links.flatMap(linksOf) }
    : { kind: 'spread', leaf: first }
}

/** A band is never within another part. */
function linksOf(item: Work): Link[] {
  if (item.kind === 'band') return []
  return [item.kind === 'leaf' ? item : { ...item, items: item.items.flatMap(linksOf) }]
}
