type Point = readonly number[]

/** The side of a cell, as a multiple of the reach: most points are then farther from the sides of their cell than the reach. */
const SIDE = 8

/** Beyond the reach by more than a difference of coordinates is rounded. */
const MARGIN = 1.001

/**
 * For each point the least index of a point at most `reach` away from it, which may be its own. Points are sorted into cells, so that n points
 * take about n steps, however many of them are equal.
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
  points.forEach((x, i) => {
    const [cell] = cellsAt(x, 0)
    const own = cells.get(cell!)
    if (own === undefined) cells.set(cell!, [i])
    else own.push(i)
  })
  const isNear = (x: Point, y: Point): boolean => Math.sqrt(x.reduce((sum, v, a) => sum + (y[a]! - v) ** 2, 0)) <= reach
  return points.map((x, i) =>
    cellsAt(x, MARGIN * reach).reduce((first, cell) => {
      // Indices of a cell ascend.
      const found = cells.get(cell)?.find((j) => j >= first || isNear(x, points[j]!)) ?? first
      return Math.min(first, found)
    }, i),
  )
}
