import { type Filled, type HostCoords, type OperatorProblem, integer, number } from '@spikeward/core'
import { pointsOf } from '../../geometry/coordinates.js'
import { generatedProblem } from '../../operatorProblem/generatedProblem.js'
import { splitOptions } from '../../operatorProblem/splitOptions.js'
import { type FunctionSpace, sampleFunctions } from '../../spaces/sampleFunctions.js'
import { solveBurgers } from './solver.js'

/** The options of the map u(x, 0) ↦ u(x, 1), with its default viscosity and number of points. */
export const finalBurgersOptions = (viscosity: number, points: number) => ({
  /** ν. */
  viscosity: number({ min: 0, above: true, default: viscosity, help: 'viscosity ν' }),
  /**
   * Points of a period, equally spaced from x = 0 and without x = 1: the sensors of u(x, 0), where u(x, 1) is given
   * too.
   */
  points: integer({ min: 4, default: points, help: 'points of a period, of u(x, 0) and of u(x, 1)' }),
  /** Nodes of the reference solver in a period, a power of two. Default 128. */
  nodes: integer({ min: 16, default: 128, help: 'nodes of the reference solver in a period, a power of two' }),
  ...splitOptions(1000, 100, 200),
})

/**
 * Runge–Kutta steps Δt that are stable: Δt |u| q ≤ 2 for the largest |u|, which is that of u₀ by the maximum principle,
 * and for the largest wave number that the dealiased solver keeps. The method's limit is 2.8.
 */
const stepsOf = (initial: Float64Array): number => {
  const largest = initial.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
  return Math.max(100, Math.ceil((largest * 2 * Math.PI * initial.length) / 3 / 2))
}

/**
 * The trigonometric polynomial through values at i/n, i = 0 … n − 1, of period 1, n even:
 *
 *     u(x) = Σᵢ uᵢ D(x − i/n),   D(x) = sin(πnx) / (n tan πx),   D = 1 at whole numbers
 */
function trigonometric(values: Float64Array, at: HostCoords): Float64Array {
  const n = values.length
  const weight = (x: number): number => {
    const away = x - Math.round(x)
    return Math.abs(away) < 1e-12 ? 1 : Math.sin(Math.PI * n * away) / (n * Math.tan(Math.PI * away))
  }
  return pointsOf(at).x.map((x) => values.reduce((sum, u, i) => sum + u * weight(x - i / n), 0))
}

/**
 * The map u(x, 0) ↦ u(x, 1) of Burgers' equation of period 1, both functions on the same points of one period. It
 * states no equation: its solution has no time axis.
 *
 * @param space the law of u(x, 0)
 * @throws INVALID_OPTION
 */
export function finalBurgers(
  name: string,
  space: FunctionSpace,
  options: Filled<ReturnType<typeof finalBurgersOptions>>,
): OperatorProblem {
  const { viscosity, points, nodes, key, ...sizes } = options
  const x = Float64Array.from({ length: points }, (_, i) => i / points)
  const home = Float64Array.from({ length: nodes }, (_, i) => i / nodes)
  return generatedProblem({
    name,
    axes: ['x'],
    domain: [[0, 1]],
    sensors: { x, count: points, axes: 1, grid: [points] },
    at: { kind: 'grid', axes: [x] },
    sizes,
    key,
    signature: `${space.name}; viscosity ${viscosity}; pseudo-spectral on ${nodes} nodes, steps of 2/(|u| q); t = 1`,
    sample: (k, count) => sampleFunctions(space, k, count),
    solve(f, where) {
      const initial = f(home)
      const u = solveBurgers({ viscosity, length: 1, initial, end: 1, times: 2, steps: stepsOf(initial) })
      return trigonometric(
        u.filter((_, i) => i % 2 === 1),
        where,
      )
    },
    physics: null,
  })
}
