import type { FunctionSpace } from './sampleFunctions.js'

/**
 * A space of functions whose variance is the same everywhere, divided by their deviation.
 *
 * @param axes variables of the functions
 */
export function unitVariance(space: FunctionSpace, axes: number): FunctionSpace {
  const deviation = Math.sqrt(space.basis(new Float64Array(axes)).reduce((sum, b) => sum + b * b, 0))
  return { ...space, name: `unit(${space.name})`, basis: (points) => space.basis(points).map((b) => b / deviation) }
}
