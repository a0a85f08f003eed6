import { mergeAxes, withoutUnitAxes, type Access, type Kernel, type Store } from '@spikeward/core/backend'

/** Elements of an axis beyond this number do not add to its score; shorter folds leave lanes empty. */
const SCORED_LENGTH = 64
const SHORT = 16
const SHORT_FOLD = 32

/**
 * A kernel with as few axes as its accesses allow, and last the axis that is contiguous in memory: the addon runs the
 * rows of a tile along it. Only neighbouring axes are merged, because the order of the points is the order of the sums.
 */
export function normaliseAxes(kernel: Kernel): Kernel {
  const plain = withoutUnitAxes(kernel)
  const lane = laneAxis(plain)
  return mergeAxes(lane === null ? plain : withLast(plain, lane), { neighbours: true })
}

/** The axis along which most accesses are contiguous; null if there is no axis besides time. */
function laneAxis({ space, time, reduce, loads, stores }: Kernel): number | null {
  const scoreOf = (axis: number): number => {
    const near = (x: Access): number => ({ [-1]: 0.25, 0: 0.25, 1: 1 })[x.strides[axis]!] ?? 0
    const length = space[axis]!
    let score = Math.min(length, SCORED_LENGTH) / SCORED_LENGTH
    for (const load of loads) score += near(load)
    for (const store of stores) score += store.strides[axis] === 1 ? 2 : 0
    // A fold over a short axis would leave most lanes empty.
    if (reduce.includes(axis) && length < SHORT_FOLD) score *= 0.1
    return length < SHORT ? score * 0.5 : score
  }
  const scores = space.flatMap((_, axis) => (axis === time ? [] : [{ axis, score: scoreOf(axis) }]))
  const best = Math.max(...scores.map(({ score }) => score))
  return scores.findLast(({ score }) => score === best)?.axis ?? null
}

/** The kernel with an axis moved behind all others. */
function withLast(kernel: Kernel, axis: number): Kernel {
  const end = kernel.space.length - 1
  const place = (a: number): number => (a === axis ? end : a > axis ? a - 1 : a)
  const moved = (values: readonly number[]): readonly number[] => [
    ...values.filter((_, a) => a !== axis),
    values[axis]!,
  ]
  const load = (a: Access): Access => ({ ...a, strides: moved(a.strides) })
  const store = (s: Store): Store => ({ ...s, strides: moved(s.strides) })
  return {
    ...kernel,
    space: moved(kernel.space),
    time: kernel.time === null ? null : place(kernel.time),
    reduce: kernel.reduce.map(place).sort((a, b) => a - b),
    loads: kernel.loads.map(load),
    stores: kernel.stores.map(store),
    nodes: kernel.nodes.map((n) => (n.op === 'index' ? { ...n, axis: place(n.axis) } : n)),
  }
}
