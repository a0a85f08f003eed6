import { gatherRows, shapeText, wrongShape } from '../../splits/namedArray.js'
import type { NamedArray } from '../../splits/namedArray.js'

/**
 * Functions and solutions of rows (function, point, value): rows that follow each other with equal branch inputs belong to one function.
 *
 * @param branch [rows, sensors]
 * @param trunk [rows, axes]
 * @param y [rows, 1]
 * @returns inputs [functions, sensors]; outputs [functions, points]; points [points, axes] if all functions share them, else [functions, points] of
 *   one axis
 * @throws DATA_SHAPE if functions differ in their number of points, or have points of several axes of their own
 */
export function functionsOfRows(
  branch: NamedArray,
  trunk: NamedArray,
  y: NamedArray,
): {
  readonly inputs: NamedArray
  readonly points: NamedArray
  readonly outputs: NamedArray
  readonly shared: boolean
} {
  const rows = branch.shape[0]!
  const [m, axes] = [branch.data.length / rows, trunk.data.length / rows]
  const same = (a: number, b: number): boolean => {
    for (let i = 0; i < m; i++) if (branch.data[a * m + i] !== branch.data[b * m + i]) return false
    return true
  }
  const first = Array.from({ length: rows }, (_, row) => row).filter((row) => row === 0 || !same(row - 1, row))
  const count = rows / first.length
  if (!first.every((row, i) => row === i * count)) {
    throw wrongShape(
      'as many points for each function, its rows one after another',
      `${first.length} functions in ${rows} rows of ${shapeText(branch)}`,
    )
  }
  const inputs = { name: branch.name, shape: [first.length, m], data: gatherRows(branch.data, first, m) }
  const outputs = { name: y.name, shape: [first.length, count], data: y.data }
  const shared = trunk.data.every((v, i) => v === trunk.data[i % (count * axes)])
  if (shared) {
    const points = { name: trunk.name, shape: [count, axes], data: trunk.data.slice(0, count * axes) }
    return { inputs, outputs, points, shared }
  }
  if (axes > 1) {
    throw wrongShape('the same points for all functions, or points of one axis', shapeText(trunk))
  }
  return { inputs, outputs, points: { ...trunk, shape: [first.length, count] }, shared }
}
