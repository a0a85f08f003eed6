/** Solvers of evolutions on periodic grids, against closed forms and against solvers that share nothing with them. */
import type { ConvergenceOptions } from '@spikeward/testkit'
import { rungeKutta4 } from '../../src/numerics/rungeKutta4.js'
import { solvePeriodicReaction } from '../../src/numerics/solvePeriodicReaction.js'
import { solveFronts } from '../../src/operatorProblem/planeFronts.js'
import { allenCahnFront } from '../../src/pde/allenCahn2d/problem.js'
import { burgersFno } from '../../src/pde/burgersFno/problem.js'
import { burgersSharp } from '../../src/pde/burgersSharp/problem.js'
import { solveGrayScott } from '../../src/pde/grayScott/solver.js'
import { solveKuramotoSivashinsky } from '../../src/pde/kuramotoSivashinsky/solver.js'
import { nagumoFront } from '../../src/pde/nagumo2d/problem.js'
import { solveRadialShallowWater } from '../../src/pde/shallowWater/solver.js'
import { maxError } from './support.js'

const { sin, cos, PI } = Math

/** A wave that travels, sin(x − t), with the source that makes it a solution. */
const kuramotoSivashinsky: ConvergenceOptions = {
  sizes: [64, 128, 256],
  order: 4,
  tolerance: 0.3,
  error(steps) {
    const x = Float64Array.from({ length: 32 }, (_, i) => (2 * PI * i) / 32)
    const u = solveKuramotoSivashinsky({
      ...{ length: 2 * PI, initial: x.map(sin), interval: 2, frames: 2, steps },
      source: (t) => x.map((v) => -cos(v - t) + sin(2 * (v - t)) / 2),
    })
    return maxError(
      u.subarray(32),
      x.map((v) => sin(v - 2)),
    )
  },
}

/**
 * A field that depends on x + y alone, whose Laplacian is twice the second derivative, against the solver of one
 * variable.
 */
const alongDiagonal = (
  reaction: (u: number) => number,
  solve: (initial: Float64Array, steps: number) => Float64Array,
): ConvergenceOptions => ({
  sizes: [32, 64, 128],
  order: 4,
  tolerance: 0.3,
  error(steps) {
    const n = 16
    const g = Float64Array.from({ length: n }, (_, i) => 0.5 + 0.4 * sin((2 * PI * i) / n))
    const line = solvePeriodicReaction({
      ...{ diffusivity: 0.02, reaction, length: 1, initial: g, end: 1, times: 2, steps: 1000 },
    })
    const along = (values: Float64Array) =>
      Float64Array.from({ length: n * n }, (_, p) => values[(Math.floor(p / n) + p) % n]!)
    return maxError(solve(along(g), steps).subarray(n * n), along(line.filter((_, i) => i % 2 === 1)))
  },
})

const allenCahn2d = alongDiagonal(
  (u) => 5 * (u - u ** 3),
  (initial, steps) =>
    solveFronts(allenCahnFront({ diffusivity: 0.01, rate: 5 }), { initial, interval: 1, frames: 2, steps }),
)

const nagumo2d = alongDiagonal(
  (u) => 8 * u * (1 - u) * (u - 0.3),
  (initial, steps) =>
    solveFronts(nagumoFront({ diffusivity: 0.01, rate: 8, threshold: 0.3 }), {
      ...{ initial, interval: 1, frames: 2, steps },
    }),
)

/**
 * Small steps of the classical Runge–Kutta method, with second derivatives of trigonometric polynomials as sums over
 * the nodes.
 */
const grayScott: ConvergenceOptions = {
  sizes: [16, 32, 64],
  order: 4,
  tolerance: 0.45,
  error(steps) {
    const [n, feed, kill, dv, du] = [8, 0.04, 0.06, 1e-3, 2e-3]
    const size = n * n
    const initial = Float64Array.from({ length: 2 * size }, (_, p) => {
      const [i, j] = [Math.floor((p % size) / n), p % n]
      const bump = (1 + sin((2 * PI * i) / n) * cos((2 * PI * j) / n)) / 8
      return p < size ? bump : 1 - 2 * bump
    })
    const bend = Float64Array.from({ length: n }, (_, d) =>
      d === 0 ? (-PI * PI * (n * n + 2)) / 3 : (2 * PI * PI * (-1) ** (d + 1)) / sin((PI * d) / n) ** 2,
    )
    const y = initial.slice()
    rungeKutta4(
      (_, f, out) => {
        for (let p = 0; p < 2 * size; p++) {
          const [field, i, j] = [p < size ? 0 : size, Math.floor((p % size) / n), p % n]
          let laplacian = 0
          for (let m = 0; m < n; m++)
            laplacian += bend[(i - m + n) % n]! * f[field + m * n + j]! + bend[(j - m + n) % n]! * f[field + i * n + m]!
          const [v, u] = [f[p % size]!, f[size + (p % size)]!]
          out[p] =
            field === 0 ? dv * laplacian + u * v * v - (feed + kill) * v : du * laplacian - u * v * v + feed * (1 - u)
        }
      },
      ...([y, 0, 20, 2000] as const),
    )
    const found = solveGrayScott({
      ...{ feed, kill, length: 1, diffusivities: [dv, du], interval: 20, frames: 2, steps },
      initial: [initial.slice(0, size), initial.slice(size)],
    }).subarray(2 * size)
    return maxError(
      found,
      found.map((_, i) => y[(i % 2) * size + Math.floor(i / 2)]!),
    )
  },
}

/** A smooth hill of water, against four times the rings of the finest: the mean difference of the depth. */
const shallowWater: ConvergenceOptions = {
  sizes: [100, 200, 400],
  order: 2,
  tolerance: 0.3,
  error(rings) {
    const depths = (count: number): Float64Array => {
      const initial = Float64Array.from(
        { length: count },
        (_, i) => 1 + Math.exp(-8 * ((4 * (i + 0.5)) / count) ** 2) / 2,
      )
      const frames = solveRadialShallowWater({ radius: 4, gravity: 1, initial, interval: 1, frames: 2 })
      return frames.subarray(2 * count).filter((_, i) => i % 2 === 0)
    }
    const fine = 1600
    const reference = depths(fine)
    const each = fine / rings
    return depths(rings).reduce((sum, h, i) => {
      const mean = reference.subarray(i * each, (i + 1) * each).reduce((a, b) => a + b) / each
      return sum + Math.abs(h - mean) / rings
    }, 0)
  },
}

/** The map to t = 1 at and between the nodes, from initial values that are steep once in a period. */
const finalBurgers = (problem: typeof burgersFno, viscosity: number, sharpness: number): ConvergenceOptions => ({
  sizes: [16, 32, 64],
  order: 'geometric',
  error(nodes) {
    const exact = (x: number, t: number): number => {
      const decay = Math.exp(-viscosity * (2 * PI) ** 2 * t)
      return (4 * PI * viscosity * decay * sin(2 * PI * x)) / (sharpness + decay * cos(2 * PI * x))
    }
    const x = Float64Array.from({ length: 37 }, (_, i) => i / 37)
    const { generator } = problem({ viscosity, nodes })
    const u = generator!.solve((at) => at.map((v) => exact(v, 0)), { kind: 'grid', axes: [x] })
    return maxError(
      u,
      x.map((v) => exact(v, 1)),
    )
  },
})

/** These solvers, by the problem's name. */
export const evolutions = {
  'burgers-fno': finalBurgers(burgersFno, 0.1, 1.02),
  'burgers-sharp': finalBurgers(burgersSharp, 0.01, 1.05),
  'kuramoto-sivashinsky': kuramotoSivashinsky,
  'allen-cahn-2d': allenCahn2d,
  'nagumo-2d': nagumo2d,
  'gray-scott': grayScott,
  'shallow-water': shallowWater,
}
