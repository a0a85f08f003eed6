import type { HostCoords } from '@spikeward/core'

/** The numbers of points along the axes of nodes on a grid; of scattered nodes, the number of them. */
export const lengthsOf = (nodes: HostCoords): readonly number[] =>
  nodes.kind === 'grid' ? nodes.axes.map((x) => x.length) : [nodes.x.length / nodes.axes]

/**
 * The nodes as points, [nodes, axes] row-major, and the length of each axis: that of a period, or from its first to its
 * last node.
 */
export function placesOf(
  nodes: HostCoords,
  periodic: readonly boolean[] = [],
): {
  readonly x: Float64Array
  readonly axes: number
  readonly low: readonly number[]
  readonly extents: readonly number[]
} {
  const axes = nodes.kind === 'grid' ? nodes.axes.length : nodes.axes
  const lengths = lengthsOf(nodes)
  const count = lengths.reduce((a, b) => a * b, 1)
  const x = new Float64Array(count * axes)
  if (nodes.kind === 'points') x.set(nodes.x)
  else {
    for (let p = 0; p < count; p++) {
      for (let a = axes - 1, rest = p; a >= 0; rest = Math.floor(rest / lengths[a]!), a--) {
        x[p * axes + a] = nodes.axes[a]![rest % lengths[a]!]!
      }
    }
  }
  const along = (a: number): Float64Array => x.filter((_, i) => i % axes === a)
  const low = Array.from({ length: axes }, (_, a) => along(a).reduce((m, v) => Math.min(m, v), Infinity))
  const extents = low.map((from, a) => {
    const span = along(a).reduce((m, v) => Math.max(m, v), -Infinity) - from
    const n = lengths[a] ?? 1
    return (periodic[a] === true && nodes.kind === 'grid' ? (span * n) / Math.max(1, n - 1) : span) || 1
  })
  return { x, axes, low, extents }
}
