/** Small pictures for the gallery's overview: the solution of an equation, or that of an operator's first function. */
import * as problems from '@spikeward/problems'
import type { OperatorProblem, PinnProblem, RegressionProblem } from '@spikeward/core'
import { filmPng } from '@spikeward/plots/node'
import { drawn } from './films.js'

const one = { train: 1, validation: 1, test: 1 }

/** The problems without a film, whose still picture the overview shows. */
const shown: readonly (() => OperatorProblem | PinnProblem | RegressionProblem)[] = [
  () => problems.advection(one),
  () => problems.advectionDiffusion(one),
  () => problems.allenCahn(),
  () => problems.burgers(one),
  () => problems.burgersPinn(),
  () => problems.diffusion(one),
  () => problems.elasticity2d(),
  () => problems.heat1d(),
  () => problems.helmholtz2d(),
  () => problems.inversePoisson(),
  () => problems.kovasznay(),
  () => problems.mexicanHat(),
  () => problems.nagumo(one),
  () => problems.nonlinearDiffusion2d(one),
  () => problems.parabola(),
  () => problems.poisson1d(one),
  () => problems.poisson2d(),
  () => problems.poissonPinn(),
  () => problems.reactionDiffusion(one),
  () => problems.ripple(),
  () => problems.taylorGreen(),
  () => problems.wave1d(),
]

/** Pixels of a side. */
const SIDE = 48

/** The first output on the grid of the test points: [points of an axis, …]. */
async function solutionOf(
  problem: OperatorProblem | PinnProblem | RegressionProblem,
): Promise<{ readonly values: Float64Array; readonly grid: readonly number[] }> {
  if (problem.kind === 'operator') {
    const { values } = await problem.data('test')
    const { at, outputs } = problem
    if (at.kind !== 'grid') throw new Error(`${problem.name}: its points are no grid`)
    return { values: values.filter((_, i) => i % outputs === 0), grid: at.axes.map(({ length }) => length) }
  }
  const { y, grid } = problem.points('test')
  if (grid === null) throw new Error(`${problem.name}: its points are no grid`)
  return { values: y.filter((_, i) => i % problem.outputs === 0), grid }
}

/** A curve, or a map with the first axis to the right and the second one upwards, at the end of a third. */
function pictureOf(values: Float64Array, [across = 1, up, third = 1]: readonly number[]): Uint8Array {
  const pixel = (p: number, count: number): number => Math.min(count - 1, Math.floor(((p + 0.5) / SIDE) * count))
  if (up === undefined) {
    const curve = Float64Array.from({ length: SIDE }, (_, p) => values[pixel(p, across)]!)
    return filmPng(drawn({ values: curve, shape: [1, SIDE] }, SIDE).values, [1, SIDE, SIDE], [-1, 1])
  }
  const pixels = Float64Array.from({ length: SIDE * SIDE }, (_, p) => {
    const [row, column] = [pixel(SIDE - 1 - Math.floor(p / SIDE), up), pixel(p % SIDE, across)]
    return values[(column * up + row) * third + third - 1]!
  })
  return filmPng(pixels, [1, SIDE, SIDE])
}

/** The pictures, by the names of the problems. */
export const thumbnails = async (): Promise<readonly (readonly [name: string, file: Uint8Array])[]> =>
  await Promise.all(
    shown.map(async (make) => {
      const problem = make()
      const { values, grid } = await solutionOf(problem)
      return [problem.name, pictureOf(values, grid)] as const
    }),
  )
