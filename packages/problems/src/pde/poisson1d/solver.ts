import { type Line, stepOf } from '../../geometry/gridPoints.js'
import { solveTridiagonal } from '../../numerics/solveBanded.js'

/**
 * −u″ = f with u = `ends` at the ends of the line, by central differences:
 *
 *     −(uᵢ₋₁ − 2uᵢ + uᵢ₊₁)/h² = fᵢ,   error O(h²)
 *
 * @param f at the nodes of the line
 * @param ends [u(low), u(high)]; default 0, 0
 * @returns u at the nodes
 */
export function solvePoisson1d(
  line: Line,
  f: Float64Array,
  [left, right]: readonly [number, number] = [0, 0],
): Float64Array {
  const h2 = stepOf(line) ** 2
  const inner = line.count - 2
  const rhs = f.slice(1, -1).map((v) => v * h2)
  rhs[0]! += left
  rhs[inner - 1]! += right
  const side = new Float64Array(inner).fill(-1)
  solveTridiagonal(side, new Float64Array(inner).fill(2), side, rhs)
  const u = new Float64Array(line.count)
  u.set(rhs, 1)
  u[0] = left
  u[line.count - 1] = right
  return u
}
