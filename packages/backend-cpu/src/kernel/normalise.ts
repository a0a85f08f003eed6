import { argsOf, graph, prune, type Loop, type LoadAccess, type Node, type StoreAccess } from './graph.js'

/**
 * Reduces the iteration space: drops axes of length 1, and merges two axes that every access traverses as one. Null where
 * there is nothing to compute.
 */
export function normalise(loop: Loop): Loop | null {
  const kept = loop.space.filter((_, a) => a !== loop.time && !loop.reduce.includes(a))
  if (kept.includes(0) || loop.stores.length === 0) return null
  let now = loop.reduce.some((a) => loop.space[a] === 0) ? emptyFold(loop) : loop
  if (now.time !== null && now.space[now.time] === 0) now = withoutSteps(now)
  if (now.stores.length === 0) return null
  now = prune(now)
  for (let a = now.space.length - 1; a >= 0; a--) if (now.space[a] === 1 && a !== now.time) now = dropAxis(now, a)
  for (;;) {
    const pair = mergeable(now)
    if (pair === null) return now
    now = merge(now, ...pair)
  }
}

/** A reduction over no elements stores its neutral element. */
function emptyFold(loop: Loop): Loop {
  const g = graph()
  return {
    ...loop,
    space: loop.space.map((n, a) => (loop.reduce.includes(a) ? 1 : n)),
    reduce: [],
    loads: [],
    stores: loop.stores.flatMap((s) =>
      s.reduce === null ? [] : [{ ...s, reduce: null, node: g.constant(s.dtype, identityOf(s.reduce, s.dtype)) }],
    ),
    nodes: g.nodes,
  }
}

/** The initial value of a reduction. */
export function identityOf(reduce: 'sum' | 'max' | 'min', dtype: StoreAccess['dtype']): number {
  if (reduce === 'sum') return 0
  const low = reduce === 'max'
  switch (dtype) {
    case 'f32':
    case 'f64':
      return low ? -Infinity : Infinity
    case 'i32':
      return low ? -2147483648 : 2147483647
    case 'u32':
      return low ? 0 : 4294967295
    case 'bool':
      return low ? 0 : 1
  }
}

/** Without time steps, only the stores outside the time loop remain. */
const withoutSteps = (loop: Loop): Loop => ({ ...loop, stores: loop.stores.filter((s) => s.when === 'once') })

const without = (list: readonly number[], axis: number): number[] => list.filter((_, a) => a !== axis)

function mapAxes(
  loop: Loop,
  gone: number,
  space: readonly number[],
  strides: (s: readonly number[]) => number[],
  nodes: readonly Node[],
): Loop {
  const shift = (a: number): number => (a > gone ? a - 1 : a)
  const access = <A extends LoadAccess | StoreAccess>(a: A): A => ({ ...a, strides: strides(a.strides) })
  return {
    ...loop,
    space,
    time: loop.time === null ? null : shift(loop.time),
    reduce: loop.reduce.filter((a) => a !== gone).map(shift),
    loads: loop.loads.map(access),
    stores: loop.stores.map(access),
    nodes: nodes.map((n) => (n.op === 'index' ? { ...n, axis: shift(n.axis) } : n)),
  }
}

function dropAxis(loop: Loop, axis: number): Loop {
  const nodes = loop.nodes.map(
    (n): Node => (n.op === 'index' && n.axis === axis ? { op: 'const', dtype: n.dtype, value: 0 } : n),
  )
  return mapAxes(loop, axis, without(loop.space, axis), (s) => without(s, axis), nodes)
}

/** An outer and an inner axis, both kept or both reduced, with stride(outer) = stride(inner) · length(inner) in every access. */
function mergeable(loop: Loop): [number, number] | null {
  const indexed = new Set(loop.nodes.flatMap((n) => (n.op === 'index' ? [n.axis] : [])))
  const accesses = [...loop.loads, ...loop.stores]
  for (const outer of loop.space.keys()) {
    for (const [inner, length] of loop.space.entries()) {
      if (outer === inner || outer === loop.time || inner === loop.time || indexed.has(outer) || indexed.has(inner))
        continue
      if (loop.reduce.includes(outer) !== loop.reduce.includes(inner)) continue
      if (accesses.every((a) => a.strides[outer] === a.strides[inner]! * length)) return [outer, inner]
    }
  }
  return null
}

function merge(loop: Loop, outer: number, inner: number): Loop {
  const space = loop.space.map((n, a) => (a === inner ? n * loop.space[outer]! : n))
  return mapAxes(loop, outer, without(space, outer), (s) => without(s, outer), loop.nodes)
}

/**
 * For every node and carry the axes on which its value depends, as a set of bits (bit a: axis a). A carry depends on
 * the axes of its initial and next value; the fixed point is reached after at most one pass for each carry.
 */
export function dependencies(loop: Loop): { nodes: readonly number[]; carries: readonly number[] } {
  const time = loop.time === null ? 0 : 1 << loop.time
  const carries = loop.carries.map(() => 0)
  for (;;) {
    const nodes: number[] = []
    for (const node of loop.nodes) {
      if (node.op === 'load') nodes.push(axesOf(loop.loads[node.operand]!.strides))
      else if (node.op === 'index') nodes.push(1 << node.axis)
      else if (node.op === 'carry') nodes.push(carries[node.carry]! | time)
      else if (node.op === 'final') nodes.push(carries[node.carry]!)
      else nodes.push(argsOf(node).reduce((set, a) => set | nodes[a]!, 0))
    }
    let changed = false
    for (const [i, c] of loop.carries.entries()) {
      const set = (carries[i]! | nodes[c.init]! | nodes[c.next]!) & ~time
      changed ||= set !== carries[i]
      carries[i] = set
    }
    if (!changed) return { nodes, carries }
  }
}

/** The axes along which an access varies, as a set of bits. */
export const axesOf = (strides: readonly number[]): number =>
  strides.reduce((set, s, a) => (s === 0 ? set : set | (1 << a)), 0)
