import { splitAtMedian } from './splitAtMedian.js'

/** A point, and its distance. */
export type Near = { readonly index: number; readonly distance: number }

type Point = readonly number[]

/** The k points nearest to x, without point `except`, sorted by distance and then by index. */
export type NearestTo = (x: Point, k: number, except?: number) => readonly Near[]

/** Parts of this many points are not split. */
const LEAF = 8

/**
 * Finds nearest points by a tree of boxes (k-d tree), each split at the median of its longest side. The tree of n
 * points takes about n log n steps, and a search about log n.
 */
export function nearestPoints(points: readonly Point[]): NearestTo {
  const dimension = points[0]?.length ?? 0
  const flat = Float64Array.from(points.flat())
  const order = Uint32Array.from(points, (_, i) => i)
  /** The axis across which the part with its median at this place of `order` is split. */
  const axes = new Uint8Array(points.length)
  const split = (low: number, high: number): void => {
    if (high - low <= LEAF) return
    const { axis, middle } = splitAtMedian(flat, dimension, order, low, high)
    axes[middle] = axis
    split(low, middle)
    split(middle + 1, high)
  }
  split(0, points.length)
  return (x, k, except = -1) => {
    const nearest: Near[] = []
    let farthest = Infinity
    const take = (index: number): void => {
      let sum = 0
      for (let a = 0; a < dimension; a++) sum += (flat[index * dimension + a]! - x[a]!) ** 2
      const distance = Math.sqrt(sum)
      if (distance > farthest || index === except) return
      const at = nearest.findIndex((o) => o.distance > distance || (o.distance === distance && o.index > index))
      nearest.splice(at < 0 ? nearest.length : at, 0, { index, distance })
      if (nearest.length > k) nearest.pop()
      if (nearest.length === k) farthest = nearest[k - 1]!.distance
    }
    const visit = (low: number, high: number): void => {
      if (high - low <= LEAF) {
        for (let i = low; i < high; i++) take(order[i]!)
        return
      }
      const middle = (low + high) >>> 1
      const axis = axes[middle]!
      const beyond = x[axis]! - flat[order[middle]! * dimension + axis]!
      take(order[middle]!)
      if (beyond < 0) visit(low, middle)
      else visit(middle + 1, high)
      if (Math.abs(beyond) > farthest) return
      if (beyond < 0) visit(middle + 1, high)
      else visit(low, middle)
    }
    visit(0, points.length)
    return nearest
  }
}
