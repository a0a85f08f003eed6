import { isRealFunction } from '@spikeward/core/backend'
import { axesOf, dependencies, stagesOf } from './dependencies.js'
import type { Loop, Node } from './kernelGraph.js'

/** Number of elements in a vector. */
export const LANES = 4

/** One loop of the nest: `length` points of `axis`, `block` of them in each iteration. */
export interface NestLoop {
  readonly axis: number
  readonly length: number
  readonly block: number
}

/**
 * The order of a loop nest. Loops are listed outermost first: unreduced axes, with the vector axis and then the
 * unrolled axis last, then reduced axes, with the vector axis last. The time axis is inside all of them.
 */
export interface Nest {
  readonly loops: readonly NestLoop[]
  /** Index in `loops` of the first reduced axis; reductions start before it and are stored after it. */
  readonly firstFolded: number
  /** The axis whose adjacent points share a vector, or null. */
  readonly vector: number | null
  /** The loop whose iterations are divided among threads (or among the chunks of a reduction), or null. */
  readonly parallel: number | null
  /**
   * Number of chunks of a long reduction, each with a partial result; 0 for none. It does not depend on the threads.
   */
  readonly chunks: number
  /** Time steps in one iteration of the time loop. */
  readonly stepsAtOnce: number
  /** Estimated instructions of the whole nest. */
  readonly cost: number
}

/**
 * Reductions of at least this number of points are cut into chunks if the unreduced axes have too few points for all
 * threads.
 */
const CHUNK_POINTS = 16384
const MAX_CHUNKS = 64
/** An axis is unrolled if at least this share of the work is the same along it, and if it is not too long. */
const WORTH_SHARING = 0.15
const LONGEST_UNROLLED = 256
/** The largest number of nodes in an unrolled time loop, since compile time grows with it. */
const MAX_INSTANCES = 4000
/** The largest number of nodes in a time loop that runs two steps in one iteration. */
const MAX_PAIRED_NODES = 200
/** The smallest number of instructions for which waking a second thread pays off. */
const MIN_PARALLEL_WORK = 40000

/** Chooses the order of a normalised loop. */
export function planNest(loop: Loop): Nest {
  const { nodes: nodeAxes } = dependencies(loop)
  const stages = stagesOf(loop, nodeAxes)
  const vector = chooseVector(loop)
  const unreduced = [...loop.space.keys()].filter((a) => a !== loop.time && !loop.reduce.includes(a))
  const unrolled = chooseUnrolled(
    loop,
    unreduced.filter((a) => a !== vector),
    nodeAxes,
    stages,
  )
  const order = (axes: readonly number[]): number[] =>
    [...axes].sort((a, b) => reach(loop, b) - reach(loop, a) || a - b)
  const unreducedOrder = order(unreduced.filter((a) => a !== vector && a !== unrolled?.axis))
  const foldedOrder = order(loop.reduce.filter((a) => a !== vector))
  const vectorFolds = vector !== null && loop.reduce.includes(vector)
  const stepsAtOnce = unrolled === null && pairsSteps(loop, stages) ? 2 : 1
  const vectors =
    vector === null ? 1 : vectorsAtOnce(loop, loop.space[vector]!, unrolled, nodeAxes, stages, stepsAtOnce)

  const single = (axis: number): NestLoop => ({ axis, length: loop.space[axis]!, block: 1 })
  const vectorLoop: NestLoop[] =
    vector === null ? [] : [{ axis: vector, length: loop.space[vector]!, block: LANES * vectors }]
  const unrolledLoop: NestLoop[] = unrolled === null ? [] : [unrolled]
  const unreducedLoops = [...unreducedOrder.map(single), ...(vectorFolds ? [] : vectorLoop), ...unrolledLoop]
  const loops = [...unreducedLoops, ...foldedOrder.map(single), ...(vectorFolds ? vectorLoop : [])]
  const cost = estimate(loop, vector)
  return {
    loops,
    firstFolded: unreducedLoops.length,
    vector,
    stepsAtOnce,
    cost,
    ...divide(loop, loops, unreducedLoops.length, cost),
  }
}

/**
 * True for a time loop that runs two steps in one iteration: the steps then share what both compute, such as the spike
 * that resets the next step, and pass their state on in registers. Steps that load are not paired, since the engine
 * would hoist the loads of both and spill them.
 */
const pairsSteps = (loop: Loop, stages: readonly string[]): boolean =>
  loop.time !== null &&
  loop.space[loop.time]! > 1 &&
  loop.nodes.length <= MAX_PAIRED_NODES &&
  !loop.nodes.some((n, i) => n.op === 'load' && stages[i] === 'each')

/** Iterations of a loop, including a shorter last one. */
export const iterationsOf = ({ length, block }: NestLoop): number => Math.ceil(length / block)

function divide(
  loop: Loop,
  loops: readonly NestLoop[],
  firstFolded: number,
  cost: number,
): { parallel: number | null; chunks: number } {
  const longest = (from: number, to: number): number | null => {
    let best: number | null = null
    for (let i = from; i < to; i++) if (best === null || iterationsOf(loops[i]!) > iterationsOf(loops[best]!)) best = i
    // The outermost loop with enough iterations is divided, because it is entered least often.
    for (let i = from; i < to; i++) if (iterationsOf(loops[i]!) >= 64) return i
    return best
  }
  const unreduced = longest(0, firstFolded)
  if (firstFolded < loops.length) {
    const foldedPoints = loop.reduce.reduce((n, a) => n * loop.space[a]!, 1)
    const folded = longest(firstFolded, loops.length)!
    if (foldedPoints >= 2 * CHUNK_POINTS && (unreduced === null || iterationsOf(loops[unreduced]!) < 16)) {
      return {
        parallel: folded,
        chunks: Math.min(MAX_CHUNKS, Math.ceil(foldedPoints / CHUNK_POINTS), iterationsOf(loops[folded]!)),
      }
    }
  }
  return {
    parallel: cost >= MIN_PARALLEL_WORK && unreduced !== null && iterationsOf(loops[unreduced]!) > 1 ? unreduced : null,
    chunks: 0,
  }
}

/** The sum of the strides of all accesses along an axis: loops with larger strides are placed further out. */
const reach = (loop: Loop, axis: number): number =>
  [...loop.loads, ...loop.stores].reduce((n, a) => n + Math.abs(a.strides[axis]!), 0)

/** The cheapest vector axis: contiguous in memory, with few empty lanes. */
function chooseVector(loop: Loop): number | null {
  let best: number | null = null
  let least = Infinity
  for (const [axis, length] of loop.space.entries()) {
    if (axis === loop.time) continue
    const work = loop.nodes.reduce((n, node) => n + costOf(node), 0)
    const traffic = [...loop.loads, ...loop.stores].reduce(
      (n, a) => n + (a.strides[axis] === 1 ? 1 : a.strides[axis] === 0 ? 0.5 : 6),
      0,
    )
    const cost = ((work + traffic) * Math.ceil(length / LANES)) / length
    if (cost < least) [best, least] = [axis, cost]
  }
  return best
}

/**
 * The axis to unroll inside the others: a short axis along which much of the work is the same, such as the directions
 * of a vmapped jvp, whose primal is then computed once for all of them.
 */
function chooseUnrolled(
  loop: Loop,
  axes: readonly number[],
  nodeAxes: readonly number[],
  stages: readonly string[],
): NestLoop | null {
  const inner = loop.time === null ? 'before' : 'each'
  let best: NestLoop | null = null
  let most = WORTH_SHARING
  for (const axis of axes) {
    const length = loop.space[axis]!
    if (length > LONGEST_UNROLLED) continue
    let total = 0
    let shared = 0
    for (const [i, node] of loop.nodes.entries()) {
      if (stages[i] !== inner || nodeAxes[i] === 0 || !('args' in node)) continue
      total += costOf(node)
      if ((nodeAxes[i]! & (1 << axis)) === 0) shared += costOf(node)
    }
    // Along an axis that no node depends on, only stores would be unrolled.
    if (shared < 2 || shared === total || shared / total <= most) continue
    most = shared / total
    const varying = loop.carries.filter((c) => (nodeAxes[c.next]! & (1 << axis)) !== 0).length
    const room = Math.max(2, Math.min(16, Math.floor(16 / Math.max(1, varying))))
    best = { axis, length, block: length <= room ? length : evenBlock(length, room) }
  }
  return best
}

/** The largest block of at most `room` points among those that leave the smallest remainder. */
function evenBlock(length: number, room: number): number {
  for (let b = room; b > room / 2; b--) if (length % b === 0) return b
  return room
}

/**
 * The number of vectors in a block. A time loop steps through memory by whole time steps, so it processes whole cache
 * lines at each step, and several lines when K tangents make many streams. State beyond the sixteen registers is
 * spilled to the stack, which costs less than half-used lines (bench/scan.mjs). A loop that runs two steps at once with
 * more than two states uses one line. Other loops use as many vectors as the registers hold.
 */
function vectorsAtOnce(
  loop: Loop,
  length: number,
  unrolled: NestLoop | null,
  nodeAxes: readonly number[],
  stages: readonly string[],
  stepsAtOnce: number,
): number {
  const inner = loop.time === null ? 'before' : 'each'
  const instances = (axes: number): number =>
    unrolled !== null && (axes & (1 << unrolled.axis)) !== 0 ? unrolled.block : 1
  const busy = loop.nodes.reduce(
    (n, node, i) => (stages[i] === inner && nodeAxes[i] !== 0 && node.op !== 'const' ? n + instances(nodeAxes[i]!) : n),
    0,
  )
  const wide = loop.nodes.some((n) => n.dtype === 'f64') ? 2 : 1
  const lines = unrolled === null ? (stepsAtOnce > 1 && loop.carries.length > 2 ? 4 : 8) : 16
  const room = loop.time === null ? 48 / (busy + 4) : Math.min(lines, MAX_INSTANCES / (stepsAtOnce * (busy + 1)))
  const most = Math.max(1, Math.ceil(length / LANES))
  for (const u of [16, 8, 4, 2]) if (u * wide <= room && u <= most && (loop.time !== null || u <= 4)) return u
  return 1
}

/** Approximate cost of a node in instructions for each vector. */
function costOf(node: Node): number {
  switch (node.op) {
    case 'const':
    case 'carry':
    case 'final':
    case 'bitcast':
      return 0
    case 'div':
    case 'sqrt':
      return node.dtype === 'f32' ? 4 : node.dtype === 'f64' ? 8 : 30
    case 'rem':
      return node.dtype === 'f64' ? 100 : 30
    case 'max':
    case 'min':
      return 3
    default:
      if (isRealFunction(node.op)) return 100
      return node.dtype === 'f64' ? 2 : 1
  }
}

/** Instructions of the whole nest: each node counts once for every point of the axes that it depends on. */
function estimate(loop: Loop, vector: number | null): number {
  const { nodes } = dependencies(loop)
  const points = (axes: number): number =>
    loop.space.reduce((n, d, a) => ((axes & (1 << a)) === 0 ? n : n * (a === vector ? Math.ceil(d / LANES) : d)), 1)
  const compute = loop.nodes.reduce((n, node, i) => n + costOf(node) * points(nodes[i]!), 0)
  const stores = loop.stores.reduce(
    (n, s) => n + 2 * points(axesOf(s.strides) | (s.reduce === null ? 0 : bits(loop.reduce))),
    0,
  )
  return compute + stores
}

const bits = (axes: readonly number[]): number => axes.reduce((set, a) => set | (1 << a), 0)
