import type { Access, Kernel, KernelNode } from '@spikeward/core/backend'

/**
 * Reduces the number of a kernel's axes: drops axes of length 1 (except time), and merges two axes of the same kind that
 * every access traverses as one. Fewer axes need fewer divisions to find the coordinates of a point.
 */
export function withFewAxes(kernel: Kernel): Kernel {
  let now = kernel
  for (let a = now.space.length - 1; a >= 0; a--) if (now.space[a] === 1 && a !== now.time) now = dropped(now, a)
  for (let pair = mergeable(now); pair !== null; pair = mergeable(now)) now = merged(now, ...pair)
  return now
}

function without(
  kernel: Kernel,
  axis: number,
  space: readonly number[],
  nodeOf: (node: KernelNode) => KernelNode = (node) => node,
): Kernel {
  const shift = (a: number): number => (a > axis ? a - 1 : a)
  const access = <A extends Access>(a: A): A => ({ ...a, strides: a.strides.filter((_, i) => i !== axis) })
  return {
    ...kernel,
    space: space.filter((_, a) => a !== axis),
    time: kernel.time === null ? null : shift(kernel.time),
    reduce: kernel.reduce.filter((a) => a !== axis).map(shift),
    loads: kernel.loads.map(access),
    stores: kernel.stores.map(access),
    nodes: kernel.nodes.map(nodeOf).map((n) => (n.op === 'index' ? { ...n, axis: shift(n.axis) } : n)),
  }
}

const dropped = (kernel: Kernel, axis: number): Kernel =>
  without(kernel, axis, kernel.space, (n) =>
    n.op === 'index' && n.axis === axis ? { op: 'const', dtype: n.dtype, value: 0 } : n,
  )

/** An outer and an inner axis with stride(outer) = stride(inner) · length(inner) in every access. */
function mergeable(kernel: Kernel): [number, number] | null {
  const { space, time, reduce } = kernel
  const fixed = new Set(kernel.nodes.flatMap((n) => (n.op === 'index' ? [n.axis] : [])))
  if (time !== null) fixed.add(time)
  const accesses = [...kernel.loads, ...kernel.stores]
  for (const outer of space.keys()) {
    for (const [inner, length] of space.entries()) {
      if (outer === inner || fixed.has(outer) || fixed.has(inner)) continue
      if (reduce.includes(outer) !== reduce.includes(inner)) continue
      if (accesses.every((a) => a.strides[outer] === a.strides[inner]! * length)) return [outer, inner]
    }
  }
  return null
}

const merged = (kernel: Kernel, outer: number, inner: number): Kernel =>
  without(
    kernel,
    outer,
    kernel.space.map((n, a) => (a === inner ? n * kernel.space[outer]! : n)),
  )

/** The axis along which most accesses are contiguous, where stores count twice; the last among equals, null without axes. */
export function contiguousAxis(kernel: Kernel, axes: readonly number[]): { axis: number; score: number } | null {
  let best: { axis: number; score: number } | null = null
  for (const axis of axes) {
    const contiguous = (list: readonly Access[]): number => list.filter((a) => Math.abs(a.strides[axis]!) === 1).length
    const score = contiguous(kernel.loads) + 2 * contiguous(kernel.stores)
    if (best === null || score >= best.score) best = { axis, score }
  }
  return best
}

/** The order of axes in a flat index: unchanged, with `fastest` last. */
export const orderedAxes = (axes: readonly number[], fastest: number | undefined): number[] => [
  ...axes.filter((a) => a !== fastest),
  ...(fastest === undefined ? [] : [fastest]),
]

/** WGSL that splits the flat index `flat` into the coordinates c0, c1, … of `axes`, the last one fastest. */
export function coordinates(space: readonly number[], axes: readonly number[], flat: string): string[] {
  const lines: string[] = []
  let rest = flat
  for (let k = axes.length - 1; k >= 0; k--) {
    const axis = axes[k]!
    if (k === 0) lines.push(`let c${axis} = ${rest};`)
    else {
      lines.push(`let c${axis} = ${rest} % ${space[axis]!}u;`, `let q${axis} = ${rest} / ${space[axis]!}u;`)
      rest = `q${axis}`
    }
  }
  return lines
}
