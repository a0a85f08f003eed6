type Point = readonly number[]

/** The side of a cell, as a multiple of the reach: most points are then farther from the sides of their cell than the reach. */
const SIDE = 8

/** Slightly above 1, so that rounding of coordinates excludes no neighbour. */
const MARGIN = 1.001

/**
 * For each point the least index of a point at most `reach` away from it, which may be its own. Equal points are searched for once, and the
 * places of points are sorted into cells: n points take about n steps, except where many places that differ lie in one cell.
 */
export function firstWithin(points: readonly Point[], reach: number): readonly number[] {
  const [origin] = points
  const side = SIDE * reach || 1
  const cells = new Map<string, number[]>()
  /** The cells that a box of half width `by` around x meets. */
  const cellsAt = (x: Point, by: number): readonly string[] =>
    x.reduce<readonly string[]>(
      (found, v, a) => {
        const at = v - origin![a]!
        const [from, to] = [at - by, at + by].map((end) => Math.floor(end / side)) as [number, number]
        return found.flatMap((start) => Array.from({ length: to - from + 1 }, (_, k) => `${start} ${from + k}`))
      },
      [''],
    )
  const firstEqual = new Map<string, number>()
  const equalTo = points.map((x, i) => {
    const place = x.join(' ')
    const first = firstEqual.get(place) ?? i
    firstEqual.set(place, first)
    return first
  })
  for (const i of firstEqual.values()) {
    const [cell] = cellsAt(points[i]!, 0)
    const own = cells.get(cell!)
    if (own === undefined) cells.set(cell!, [i])
    else own.push(i)
  }
  const isNear = (x: Point, y: Point): boolean => Math.sqrt(x.reduce((sum, v, a) => sum + (y[a]! - v) ** 2, 0)) <= reach
  const firstNear = (i: number): number => {
    const x = points[i]!
    return cellsAt(x, MARGIN * reach).reduce((first, cell) => {
      // Indices of a cell ascend.
      const found = cells.get(cell)?.find((j) => j >= first || isNear(x, points[j]!)) ?? first
      return Math.min(first, found)
    }, i)
  }
  const found = new Map([...firstEqual.values()].map((i) => [i, firstNear(i)]))
  return equalTo.map((i) => found.get(i)!)
}
