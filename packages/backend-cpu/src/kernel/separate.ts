import { prune, type LoadAccess, type Loop, type StoreAccess } from './kernelGraph.js'
import { iterationsOf, type Nest } from './nest.js'
import { axesOf, dependencies } from './dependencies.js'

/** True if two address parameters may point into the same memory. */
export type Aliases = (a: number, b: number) => boolean

/**
 * Splits a loop in two if a point would load an element that an in-place store of an earlier point has overwritten;
 * returns [loop] otherwise.
 *
 * A load and a store of the same memory have equal accesses, so each point loads before it stores. But along an axis
 * with stride 0, many points share one element. If the load is inside the loop over that axis, or if threads share the
 * loop, a later point would load the stored value. A second loop, without that axis, then stores the value after the
 * loop that needs the old one. An example is the step counter of an optimiser next to its large update.
 */
export function separate(loop: Loop, nest: Nest, aliases: Aliases, threads: number): readonly Loop[] {
  const axis = hazard(loop, nest, aliases, threads)
  if (axis === null) return [loop]
  const isStill = stillOn(loop, axis)
  const moves = loop.stores.filter((s) => !isStill(s))
  const rests = loop.stores.filter(isStill)
  const second = withoutAxis(prune({ ...loop, stores: rests }), axis)
  if (moves.length === 0) return [second]
  // The second loop must not load elements that the first has overwritten.
  const clash = second.loads.some((l) => moves.some((m) => aliases(l.pointer, m.pointer)))
  return clash ? [loop] : [prune({ ...loop, stores: moves }), second]
}

/**
 * An axis along which an in-place store and its load have stride 0 although its points run in sequence; null if there
 * is none.
 */
export function hazard(loop: Loop, nest: Nest, aliases: Aliases, threads: number): number | null {
  const pairs = loop.stores.flatMap((s) =>
    loop.loads.filter((l) => aliases(l.pointer, s.pointer)).map((l): [StoreAccess, LoadAccess] => [s, l]),
  )
  if (pairs.length === 0) return null
  for (const [i, l] of nest.loops.entries()) {
    if (iterationsOf(l) === 1) continue
    const isStill = stillOn(loop, l.axis)
    const inside = nest.loops
      .slice(i + 1)
      .reduce((set, o) => set | (1 << o.axis), loop.time === null ? 0 : 1 << loop.time)
    const parallel = i === nest.parallel && (threads > 1 || nest.chunks > 0)
    for (const [store, load] of pairs) {
      const moves = axesOf(load.strides)
      if (isStill(store) && (moves & (1 << l.axis)) === 0 && (parallel || (moves & inside) !== 0)) return l.axis
    }
  }
  return null
}

function stillOn(loop: Loop, axis: number): (s: StoreAccess) => boolean {
  const { nodes } = dependencies(loop)
  return (s) => s.reduce === null && ((axesOf(s.strides) | nodes[s.node]!) & (1 << axis)) === 0
}

const withoutAxis = (loop: Loop, axis: number): Loop => ({
  ...loop,
  space: loop.space.map((n, a) => (a === axis ? 1 : n)),
  reduce: loop.reduce.filter((a) => a !== axis),
})
