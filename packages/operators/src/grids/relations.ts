import { type FloatDType, type Graph, type HostCoords, tensor } from '@spikeward/core'
import { lengthsOf, placesOf } from './nodePlaces.js'

/** Edges between nodes, with a factor each if they differ. */
type Edges = { readonly from: readonly number[]; readonly to: readonly number[]; readonly factors?: readonly number[] }

/**
 * On a grid: for each axis, direction and distance 1, 2, 4, …, the edge into every node from the one that lies so far
 * in this direction.
 */
function onGrid(lengths: readonly number[], periodic: readonly boolean[], scales: number): Edges[] {
  const count = lengths.reduce((a, b) => a * b, 1)
  return lengths.flatMap((n, a) => {
    const step = lengths.slice(a + 1).reduce((p, m) => p * m, 1)
    const reach = periodic[a] === true ? n / 2 : n - 1
    const distances = Array.from({ length: scales }, (_, s) => 2 ** s).filter((d) => d <= reach)
    return distances.flatMap((d) =>
      [d, -d].map((shift) => {
        const to = Array.from({ length: count }, (_, i) => i).filter((i) => {
          const at = (Math.floor(i / step) % n) + shift
          return periodic[a] === true || (at >= 0 && at < n)
        })
        const from = to.map((i) => {
          const at = Math.floor(i / step) % n
          return i + (((at + shift + n) % n) - at) * step
        })
        return { from, to }
      }),
    )
  })
}

/**
 * Between scattered points: the k nearest among all, among every 4th, every 16th, and so on, with the factors 1/k and,
 * for each axis, the displacement in units of the mean distance, over k.
 */
function nearest(nodes: HostCoords, neighbours: number, scales: number): Edges[] {
  const { x, axes, extents } = placesOf(nodes)
  const count = x.length / axes
  const away = (i: number, j: number, a: number): number => (x[j * axes + a]! - x[i * axes + a]!) / extents[a]!
  return Array.from({ length: scales }, (_, s) => 4 ** s)
    .filter((stride) => count / stride > neighbours)
    .flatMap((stride) => {
      const sources = Array.from({ length: Math.ceil(count / stride) }, (_, j) => j * stride)
      const pairs = Array.from({ length: count }, (_, i) =>
        sources
          .filter((j) => j !== i)
          .map((j) => ({ j, distance: Math.hypot(...extents.map((_e, a) => away(i, j, a))) }))
          .sort((p, q) => p.distance - q.distance)
          .slice(0, neighbours)
          .map(({ j, distance }) => ({ from: j, to: i, distance })),
      ).flat()
      const typical = pairs.reduce((sum, p) => sum + p.distance, 0) / pairs.length
      const [from, to] = [pairs.map((p) => p.from), pairs.map((p) => p.to)]
      const moments = [
        () => 1,
        ...extents.map((_e, a) => (p: { from: number; to: number }) => away(p.to, p.from, a) / typical),
      ]
      return moments.map((moment) => ({ from, to, factors: pairs.map((p) => moment(p) / neighbours) }))
    })
}

/** The sets of edges along which a graph network sends, each with weights of its own. */
export function relations(
  nodes: HostCoords,
  o: {
    readonly periodic: readonly boolean[]
    readonly neighbours: number
    readonly scales: number
    readonly dtype: FloatDType
  },
): readonly Graph[] {
  const lengths = lengthsOf(nodes)
  const edges = nodes.kind === 'grid' ? onGrid(lengths, o.periodic, o.scales) : nearest(nodes, o.neighbours, o.scales)
  const index = (values: readonly number[]) => tensor([...values], { dtype: 'i32' })
  return edges.map(({ from, to, factors }) => ({
    from: index(from),
    to: index(to),
    nodes: lengths.reduce((a, b) => a * b, 1),
    ...(factors === undefined ? {} : { factors: tensor([...factors], { dtype: o.dtype }) }),
  }))
}
