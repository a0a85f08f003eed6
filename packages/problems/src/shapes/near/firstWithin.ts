import { splitAtMedian } from './splitAtMedian.js'

type Point = readonly number[]

/** A part of the places: its bounds, its least index, and either its two halves or its places. */
type Part = {
  readonly bounds: readonly (readonly [low: number, high: number])[]
  readonly least: number
  readonly halves: readonly Part[]
  /** Indices in ascending order; empty if there are halves. */
  readonly places: readonly number[]
}

/** Parts of this many places are not split. */
const LEAF = 8

/** Calls like this one for greater differences return greater or equal distances, also as they are rounded. */
const lengthOf = (difference: (axis: number) => number, dimension: number): number => {
  let sum = 0
  for (let a = 0; a < dimension; a++) sum += difference(a) ** 2
  return Math.sqrt(sum)
}

/**
 * For each point the least index of a point at most `reach` away from it, which may be its own. Equal points are
 * searched for once. A tree of boxes holds the places of n points, and takes about n log n steps. A search leaves out
 * the boxes that are out of reach or have no lesser index than one found, and takes the least index of those within
 * reach as a whole.
 */
export function firstWithin(points: readonly Point[], reach: number): readonly number[] {
  const dimension = points[0]?.length ?? 0
  const flat = Float64Array.from(points.flat())
  const firstEqual = new Map<string, number>()
  const equalTo = points.map((_, i) => {
    const place = flat.subarray(i * dimension, (i + 1) * dimension).join(' ')
    const first = firstEqual.get(place) ?? i
    firstEqual.set(place, first)
    return first
  })
  const order = Uint32Array.from(firstEqual.values())
  if (order.length === 0) return []
  const whole = partOf(flat, dimension, order, 0, order.length)
  const firstNear = (i: number): number => {
    const at = (a: number): number => flat[i * dimension + a]!
    let first = i
    const visit = ({ bounds, least, halves, places }: Part): void => {
      if (least >= first) return
      const beyond = (a: number): number => Math.max(bounds[a]![0] - at(a), at(a) - bounds[a]![1], 0)
      if (lengthOf(beyond, dimension) > reach) return
      const farthest = (a: number): number => Math.max(at(a) - bounds[a]![0], bounds[a]![1] - at(a))
      if (lengthOf(farthest, dimension) <= reach) {
        first = least
        return
      }
      const near = places.find(
        (j) => j >= first || lengthOf((a) => flat[j * dimension + a]! - at(a), dimension) <= reach,
      )
      first = Math.min(first, near ?? first)
      for (const half of halves) visit(half)
    }
    visit(whole)
    return first
  }
  const firsts = new Map([...order].map((i) => [i, firstNear(i)]))
  return equalTo.map((i) => firsts.get(i)!)
}

/** The part of order[low … high − 1]; the half with the lesser index comes first. */
function partOf(flat: Float64Array, dimension: number, order: Uint32Array, low: number, high: number): Part {
  if (high - low <= LEAF) {
    const places = [...order.subarray(low, high)].sort((a, b) => a - b)
    const bounds = Array.from({ length: dimension }, (_, a) => {
      const values = places.map((i) => flat[i * dimension + a]!)
      return [Math.min(...values), Math.max(...values)] as const
    })
    return { bounds, least: places[0]!, halves: [], places }
  }
  const { middle } = splitAtMedian(flat, dimension, order, low, high)
  const one = partOf(flat, dimension, order, low, middle)
  const other = partOf(flat, dimension, order, middle, high)
  const bounds = one.bounds.map(
    ([from, to], a) => [Math.min(from, other.bounds[a]![0]), Math.max(to, other.bounds[a]![1])] as const,
  )
  const halves = one.least < other.least ? [one, other] : [other, one]
  return { bounds, least: halves[0]!.least, halves, places: [] }
}
