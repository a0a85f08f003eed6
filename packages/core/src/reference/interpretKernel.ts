import type { TypedArray } from '../tensor/dtype.js'
import type { Kernel, Store } from '../plan/kernel.js'
import { reductionIdentity } from '../plan/operations.js'
import { argsOf, stageOf, type Stage } from '../plan/stages.js'
import { asElement, rowOp, type Row } from './scalar.js'

/** Runs a kernel over arrays; the access to array i counts from element `bases[i]`. */
export type KernelRunner = (
  loads: readonly TypedArray[],
  loadBases: readonly number[],
  stores: readonly TypedArray[],
  storeBases: readonly number[],
) => void

/** Points of the longest axis that are evaluated together. */
const LANES = 256

/**
 * Prepares a kernel for interpretation. For speed, each node is evaluated over a row of up to 256 adjacent points
 * (lanes) of the longest axis; points do not depend on each other.
 *
 * Sums are accumulated in double precision and rounded once; other backends may round and order them differently.
 */
export function interpretKernel(kernel: Kernel): KernelRunner {
  const { space, time, carries, stores, reduce } = kernel
  const laneAxis = longestAxis(kernel)
  const lanesTotal = laneAxis === null ? 1 : space[laneAxis]!
  const lanesFold = laneAxis !== null && reduce.includes(laneAxis)
  const width = Math.max(Math.min(lanesTotal, LANES), 1)
  const free = space.flatMap((_, a) => (a === time || a === laneAxis || reduce.includes(a) ? [] : [a]))
  const inner = reduce.filter((a) => a !== laneAxis)
  const length = time === null ? 0 : space[time]!

  const accesses = [...kernel.loads, ...stores]
  const laneStrides = accesses.map((access) => (laneAxis === null ? 0 : access.strides[laneAxis]!))
  const firstStore = kernel.loads.length
  const values = kernel.nodes.map((node) =>
    new Float64Array(width).fill(node.op === 'const' ? asElement(node.dtype, node.value) : 0),
  )
  const state = carries.map(() => new Float64Array(width))
  const folded = stores.map(() => new Float64Array(width))
  const coordinates = new Int32Array(space.length)
  const addresses = new Float64Array(accesses.length)

  let arrays: readonly TypedArray[] = []
  let start = 0
  let n = 0

  /** The function that evaluates node `at` over the lanes; null for a constant. */
  const evaluator = (at: number): (() => void) | null => {
    const node = kernel.nodes[at]!
    const r = values[at]!
    switch (node.op) {
      case 'const':
        return null
      case 'load':
        return () =>
          read(
            r,
            arrays[node.operand]!,
            addresses[node.operand]! + start * laneStrides[node.operand]!,
            laneStrides[node.operand]!,
            n,
          )
      case 'index':
        return node.axis === laneAxis
          ? () => {
              for (let i = 0; i < n; i++) r[i] = start + i
            }
          : () => {
              r.fill(coordinates[node.axis]!, 0, n)
            }
      case 'carry':
      case 'final':
        return () => {
          r.set(state[node.carry]!)
        }
      default: {
        const args = argsOf(node)
        const [x, y = x, z = x] = args.map((a) => values[a]!) as [Row, Row?, Row?]
        const apply = rowOp(node.op, node.dtype, kernel.nodes[args[0]!]!.dtype)
        return () => apply(r, x, y, z, n)
      }
    }
  }
  const stages = stageOf(kernel)
  const listOf = (stage: Stage): (() => void)[] =>
    kernel.nodes.flatMap((_, i) => (stages[i] === stage ? (evaluator(i) ?? []) : []))
  const [before, each, after] = [listOf('before'), listOf('each'), listOf('after')]
  const storesWhere = (keep: (s: Store) => boolean): number[] => stores.flatMap((s, k) => (keep(s) ? [k] : []))
  const folding = storesWhere((s) => s.reduce !== null)
  const everyStep = storesWhere((s) => s.reduce === null && s.when === 'each')
  const once = storesWhere((s) => s.reduce === null && s.when === 'once')

  const evaluate = (list: readonly (() => void)[]): void => {
    for (const node of list) node()
  }
  const write = (k: number, from: Row, lanes: number): void => {
    const at = firstStore + k
    store(
      arrays[at]!,
      addresses[at]! + (lanesFold && stores[k]!.reduce !== null ? 0 : start * laneStrides[at]!),
      laneStrides[at]!,
      from,
      lanes,
    )
  }
  const writeAll = (list: readonly number[]): void => {
    for (const k of list) write(k, values[stores[k]!.node]!, n)
  }
  const move = (axis: number, by: number): void => {
    for (let i = 0; i < accesses.length; i++) addresses[i]! += accesses[i]!.strides[axis]! * by
  }
  /** Advances to the next point of `axes`, the last axis fastest; false if it wraps to the first point. */
  const advance = (axes: readonly number[]): boolean => {
    for (let k = axes.length - 1; k >= 0; k--) {
      const axis = axes[k]!
      coordinates[axis]!++
      if (coordinates[axis]! < space[axis]!) {
        move(axis, 1)
        return true
      }
      coordinates[axis] = 0
      move(axis, 1 - space[axis]!)
    }
    return false
  }
  const throughTime = (axis: number): void => {
    for (const [i, carry] of carries.entries()) state[i]!.set(values[carry.init]!)
    for (let t = 0; t < length; t++) {
      coordinates[axis] = t
      evaluate(each)
      writeAll(everyStep)
      for (let i = 0; i < carries.length; i++) state[i]!.set(values[carries[i]!.next]!)
      move(axis, 1)
    }
    coordinates[axis] = 0
    move(axis, -length)
  }
  const points = (): void => {
    evaluate(before)
    if (time === null) writeAll(everyStep)
    else throughTime(time)
    evaluate(after)
    writeAll(once)
    for (const k of folding) fold(stores[k]!, folded[k]!, lanesFold ? 0 : 1, values[stores[k]!.node]!, n)
  }
  /** Runs `body` for each row of the lane axis. */
  const eachRow = (body: () => void): void => {
    for (start = 0; start < lanesTotal; start += LANES) {
      n = Math.min(LANES, lanesTotal - start)
      body()
    }
  }
  const folds = (body: () => void): void => {
    for (const k of folding) folded[k]!.fill(reductionIdentity(stores[k]!.reduce!, stores[k]!.dtype))
    if (!inner.some((a) => space[a] === 0))
      do body()
      while (advance(inner))
    for (const k of folding) write(k, folded[k]!, lanesFold ? 1 : n)
  }

  return (loads, loadBases, outs, storeBases) => {
    arrays = [...loads, ...outs]
    for (const [i, access] of accesses.entries())
      addresses[i] = access.offset + (i < firstStore ? loadBases[i]! : storeBases[i - firstStore]!)
    if (free.some((a) => space[a] === 0)) return
    do {
      if (lanesFold) folds(() => eachRow(points))
      else eachRow(() => folds(points))
    } while (advance(free))
    arrays = []
  }
}

/** The longest axis other than time, the last among equals; null if there is none. */
function longestAxis({ space, time }: Kernel): number | null {
  let best: number | null = null
  for (const [a, d] of space.entries()) if (a !== time && (best === null || d >= space[best]!)) best = a
  return best
}

function read(r: Row, from: TypedArray, base: number, stride: number, n: number): void {
  for (let i = 0, at = base; i < n; i++, at += stride) r[i] = from[at]!
}

function store(to: TypedArray, base: number, stride: number, x: Row, n: number): void {
  for (let i = 0, at = base; i < n; i++, at += stride) to[at] = x[i]!
}

/** Reduces: into[i · step] ← op(into[i · step], x[i]). */
function fold({ reduce, dtype }: Store, into: Row, step: 0 | 1, x: Row, n: number): void {
  if (reduce === 'max') for (let i = 0; i < n; i++) into[i * step] = Math.max(into[i * step]!, x[i]!)
  else if (reduce === 'min') for (let i = 0; i < n; i++) into[i * step] = Math.min(into[i * step]!, x[i]!)
  else if (dtype === 'i32') for (let i = 0; i < n; i++) into[i * step] = (into[i * step]! + x[i]!) | 0
  else if (dtype === 'u32') for (let i = 0; i < n; i++) into[i * step] = (into[i * step]! + x[i]!) >>> 0
  else for (let i = 0; i < n; i++) into[i * step]! += x[i]!
}
