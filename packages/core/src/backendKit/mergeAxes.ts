import type { Access, Kernel, KernelNode } from '../plan/kernel.js'

/** The part of a kernel that {@link mergeAxes} rewrites; a backend may add its own operations to the nodes. */
export type AxesOfKernel = Pick<Kernel, 'space' | 'time' | 'reduce'> & {
  readonly loads: readonly Access[]
  readonly stores: readonly Access[]
  readonly nodes: readonly (KernelNode | { readonly op: string; readonly args: readonly number[] })[]
}

/**
 * Reduces the number of a kernel's axes: drops axes of length 1 (except time), and merges two axes, both kept or both
 * reduced, that every access traverses as one: stride(outer) = stride(inner) · length(inner). Fewer axes mean fewer
 * loops, and fewer divisions to find the coordinates of a point.
 *
 * @param neighbours merge only an axis with the next one, so that points keep their order, and reductions theirs
 */
export function mergeAxes<K extends AxesOfKernel>(kernel: K, { neighbours = false } = {}): K {
  let now = withoutUnitAxes(kernel)
  for (let pair = mergeable(now, neighbours); pair !== null; pair = mergeable(now, neighbours))
    now = merged(now, ...pair)
  return now
}

/** Drops axes of length 1 except time: a coordinate along one is 0. */
export function withoutUnitAxes<K extends AxesOfKernel>(kernel: K): K {
  let now = kernel
  for (let a = now.space.length - 1; a >= 0; a--) if (now.space[a] === 1 && a !== now.time) now = withoutAxis(now, a)
  return now
}

/** The axis is gone from the space and from every access; a coordinate along it is 0. */
function withoutAxis<K extends AxesOfKernel>(kernel: K, axis: number, space = kernel.space): K {
  const shift = (a: number): number => (a > axis ? a - 1 : a)
  const access = <A extends Access>(a: A): A => ({ ...a, strides: a.strides.filter((_, i) => i !== axis) })
  return {
    ...kernel,
    space: space.filter((_, a) => a !== axis),
    time: kernel.time === null ? null : shift(kernel.time),
    reduce: kernel.reduce.filter((a) => a !== axis).map(shift),
    loads: kernel.loads.map(access),
    stores: kernel.stores.map(access),
    nodes: kernel.nodes.map((n) => {
      if (n.op !== 'index' || !('axis' in n)) return n
      return n.axis === axis ? { op: 'const', dtype: n.dtype, value: 0 } : { ...n, axis: shift(n.axis) }
    }),
  }
}

function mergeable(
  { space, time, reduce, nodes, loads, stores }: AxesOfKernel,
  neighbours: boolean,
): [outer: number, inner: number] | null {
  const fixed = new Set(nodes.flatMap((n) => ('axis' in n ? [n.axis] : [])))
  if (time !== null) fixed.add(time)
  const accesses = [...loads, ...stores]
  for (const outer of space.keys()) {
    for (const [inner, length] of space.entries()) {
      if (neighbours && inner !== outer + 1) continue
      if (outer === inner || fixed.has(outer) || fixed.has(inner)) continue
      if (reduce.includes(outer) !== reduce.includes(inner)) continue
      if (accesses.every((a) => a.strides[outer] === a.strides[inner]! * length)) return [outer, inner]
    }
  }
  return null
}

const merged = <K extends AxesOfKernel>(kernel: K, outer: number, inner: number): K =>
  withoutAxis(
    kernel,
    outer,
    kernel.space.map((n, a) => (a === inner ? n * kernel.space[outer]! : n)),
  )
