import { prune, type LoadAccess, type Loop, type StoreAccess } from './graph.js'
import { turns, type Nest } from './nest.js'
import { axesOf, dependencies } from './normalise.js'

/** True where two address parameters may reach the same memory. */
export type Aliases = (a: number, b: number) => boolean

/**
 * Splits a loop where a store in place would be seen by a point that still has to load; [loop] where there is no such.
 *
 * A load and a store of the same memory have equal accesses, so point by point the load comes first. But along an axis on
 * which neither moves, many points share that element. Where the load stands inside that axis' loop, or the loop is dealt
 * out to threads, a later point would load what an earlier one stored. Such stores are done by a loop of their own,
 * without the axis, after the loop that needs the old values. (Example: the step counter of an optimiser beside its big update.)
 */
export function separate(loop: Loop, nest: Nest, aliases: Aliases, threads: number): readonly Loop[] {
  const axis = hazard(loop, nest, aliases, threads)
  if (axis === null) return [loop]
  const isStill = stillOn(loop, axis)
  const moves = loop.stores.filter((s) => !isStill(s))
  const rests = loop.stores.filter(isStill)
  const second = withoutAxis(prune({ ...loop, stores: rests }), axis)
  if (moves.length === 0) return [second]
  // The second loop must not read what the first has overwritten.
  const clash = second.loads.some((l) => moves.some((m) => aliases(l.pointer, m.pointer)))
  return clash ? [loop] : [prune({ ...loop, stores: moves }), second]
}

/** An axis on which a store in place and its load both stand still, though points along it run one after the other. */
export function hazard(loop: Loop, nest: Nest, aliases: Aliases, threads: number): number | null {
  const pairs = loop.stores.flatMap((s) =>
    loop.loads.filter((l) => aliases(l.pointer, s.pointer)).map((l): [StoreAccess, LoadAccess] => [s, l]),
  )
  if (pairs.length === 0) return null
  for (const [i, l] of nest.loops.entries()) {
    if (turns(l) === 1) continue
    const isStill = stillOn(loop, l.axis)
    const inside = nest.loops
      .slice(i + 1)
      .reduce((set, o) => set | (1 << o.axis), loop.time === null ? 0 : 1 << loop.time)
    const dealt = i === nest.dealt && (threads > 1 || nest.chunks > 0)
    for (const [store, load] of pairs) {
      const moves = axesOf(load.strides)
      if (isStill(store) && (moves & (1 << l.axis)) === 0 && (dealt || (moves & inside) !== 0)) return l.axis
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
