/** Solvers of this package against solutions in closed form. Their orders are part of the problems' contracts. */
import type { ConvergenceOptions } from '@spikeward/testkit'
import {
  laxWendroff,
  solveAdvection,
  solveDarcy,
  solveVorticity,
  solveBurgers,
  solveDiffusion,
  solveNonlinearDiffusion2d,
  solvePeriodicReaction,
  solvePoisson1d,
  solvePoissonOnL,
  solveReactionDiffusion,
} from '../../src/index.js'
import { solveAdvectionDiffusion } from '../../src/pde/advectionDiffusion/solver.js'
import { coleHopfBurgers } from '../../src/numerics/coleHopfBurgers.js'
import { poissonPinnSolution } from '../../src/pde/poissonPinn/problem.js'
import { nodesOf } from '../../src/geometry/gridPoints.js'
import { resample } from '../../src/interpolation/resample.js'
import { rungeKutta4 } from '../../src/numerics/rungeKutta4.js'
import { evolutions } from './evolutions.js'
import { lidDrivenCavity } from './manufacturedCavity.js'
import { maxError } from './support.js'

const { sin, cos, exp, sqrt, PI } = Math

const grid2 = (x: Float64Array, t: Float64Array, u: (x: number, t: number) => number): Float64Array =>
  Float64Array.from({ length: x.length * t.length }, (_, p) => u(x[Math.floor(p / t.length)]!, t[p % t.length]!))

const unit = (count: number) => ({ low: 0, high: 1, count })

/** −u″ = f with unequal end values: u = sin πx + eˣ. */
const poisson1d: ConvergenceOptions = {
  sizes: [20, 40, 80],
  order: 2,
  tolerance: 0.1,
  error(n) {
    const line = { low: -1, high: 1, count: n + 1 }
    const x = nodesOf(line)
    const f = x.map((v) => PI * PI * sin(PI * v) - exp(v))
    return maxError(
      solvePoisson1d(line, f, [exp(-1), exp(1)]),
      x.map((v) => sin(PI * v) + exp(v)),
    )
  },
}

/** The solver of −u″ = f against the exact solution of the one equation with f = (kπ)² sin kπx. */
const poissonPinn: ConvergenceOptions = {
  sizes: [20, 40, 80],
  order: 2,
  tolerance: 0.1,
  error(n) {
    const line = { low: -1, high: 1, count: n + 1 }
    const x = nodesOf(line)
    return maxError(
      solvePoisson1d(
        line,
        x.map((v) => (2 * PI) ** 2 * sin(2 * PI * v)),
      ),
      x.map((v) => poissonPinnSolution(2)([v])[0]),
    )
  },
}

/** Modified Bessel function Iₙ(z), by its power series. */
function bessel(n: number, z: number): number {
  let term = 1
  for (let k = 1; k <= n; k++) term *= z / 2 / k
  let sum = term
  for (let k = 1; k < 60; k++) sum += term *= (z / 2) ** 2 / (k * (k + n))
  return sum
}

/**
 * The integrals of Cole and Hopf by sums over n nodes a unit, against Cole's Fourier series, which has Bessel
 * functions.
 */
const burgersPinn: ConvergenceOptions = {
  sizes: [1, 1.25, 1.6],
  order: 'geometric',
  error(n) {
    const nu = 0.1
    const u = coleHopfBurgers(nu, 1 / n)
    const series = (x: number, t: number): number => {
      const a = Array.from(
        { length: 40 },
        (_, i) => (-1) ** i * bessel(i, 1 / (2 * PI * nu)) * exp(-nu * t * (i * PI) ** 2),
      )
      const over = a.reduce((sum, c, i) => sum + i * c * sin(i * PI * x), 0)
      const under = a.reduce((sum, c, i) => sum + (i === 0 ? 1 : 2) * c * cos(i * PI * x), 0)
      return (4 * PI * nu * over) / under
    }
    const points = [0.1, 0.3, 0.5, 0.9].flatMap((x) => [0.2, 0.6, 1].map((t) => [x, t] as const))
    return Math.max(...points.map(([x, t]) => Math.abs(u(x, t) - series(x, t))))
  },
}

/**
 * The largest error of a manufactured solution of u_t = D u_xx + k u² + f, when solved for with the coefficient
 * `reaction`.
 */
export function reactionDiffusionError(n: number, reaction = 0.8): number {
  const [d, k] = [0.01, 0.8]
  const u = (x: number, t: number) => (1 + t) * exp(-t) * sin(PI * x) * exp(x)
  const source = (x: number, t: number) => {
    const space = sin(PI * x) * exp(x)
    const bend = exp(x) * ((1 - PI * PI) * sin(PI * x) + 2 * PI * cos(PI * x))
    return -t * exp(-t) * space - d * (1 + t) * exp(-t) * bend - k * u(x, t) ** 2
  }
  const nodes = nodesOf(unit(n + 1))
  const found = solveReactionDiffusion({
    diffusivity: d,
    reaction,
    x: unit(n + 1),
    t: unit(n + 1),
    source: (time, at) => at.map((v) => source(v, time)),
    initial: nodes.map((v) => u(v, 0)),
  })
  return maxError(found, grid2(nodes, nodes, u))
}

/** Both steps are refined together. */
const reactionDiffusion: ConvergenceOptions = { sizes: [16, 32, 64], order: 2, error: (n) => reactionDiffusionError(n) }

/** Initial values sin θ/(a − cos θ) = 2 Σ rⁿ sin nθ with r = a − √(a² − 1): an odd periodic analytic function. */
const diffusion: ConvergenceOptions = {
  sizes: [16, 32, 64],
  order: 'geometric',
  error(m) {
    const a = 1.1
    const r = a - sqrt(a * a - 1)
    const exact = (x: number, t: number): number => {
      let sum = 0
      for (let n = 1; n < 400; n++) sum += 2 * r ** n * exp(-n * n * t) * sin(n * PI * x)
      return sum
    }
    const x = nodesOf(unit(m + 1))
    const initial = x.map((v) => sin(PI * v) / (a - cos(PI * v)))
    const u = solveDiffusion({ diffusivity: 1 / (PI * PI), low: 0, high: 1, initial })
    const places = [0.1, 0.31, 0.5, 0.93].flatMap((v) => [0.01, 0.3].map((t) => [v, t] as const))
    return maxError(
      places.map(([v, t]) => u(v, t)),
      places.map(([v, t]) => exact(v, t)),
    )
  },
}

/** τ(x) = ln(1 + x) for a = 1 + x; u is any function of t − τ. */
const moving = {
  speed: (x: number) => 1 + x,
  initial: (x: number) => sin(3 * -Math.log(1 + x)),
  inflow: (t: number) => sin(3 * t),
}
const moved = (x: number, t: number) => sin(3 * (t - Math.log(1 + x)))

/** By characteristics. */
const advection: ConvergenceOptions = {
  sizes: [8, 16, 32],
  order: 4,
  tolerance: 0.4,
  error(n) {
    const u = solveAdvection(moving, unit(n + 1))
    const [x, t] = [nodesOf(unit(38)), nodesOf(unit(12))]
    return maxError(grid2(x, t, u), grid2(x, t, moved))
  },
}

const laxWendroffAdvection: ConvergenceOptions = {
  sizes: [32, 64, 128],
  order: 2,
  error(n) {
    const [x, t] = [unit(n + 1), unit(2.5 * n + 1)]
    return maxError(laxWendroff(moving, x, t), grid2(nodesOf(x), nodesOf(t), moved))
  },
}

/** Cole and Hopf: φ = c + e^{−νk²t} cos kx solves the heat equation; u = −2ν φ_x/φ. */
function burgersError(nodes: number, steps: number): number {
  const nu = 0.02
  const k = 2 * PI
  const exact = (x: number, t: number) => {
    const decay = exp(-nu * k * k * t)
    return (2 * nu * k * decay * sin(k * x)) / (1.3 + decay * cos(k * x))
  }
  const x = Float64Array.from({ length: nodes }, (_, i) => i / nodes)
  const u = solveBurgers({ viscosity: nu, length: 1, initial: x.map((v) => exact(v, 0)), end: 1, times: 3, steps })
  return maxError(u, grid2(x, Float64Array.of(0, 0.5, 1), exact))
}

/** Steps of the Runge–Kutta method; the nodes resolve the solution. */
const burgersInTime: ConvergenceOptions = {
  sizes: [16, 32, 64],
  order: 4,
  tolerance: 0.5,
  error: (steps) => burgersError(64, steps),
}

const burgersInSpace: ConvergenceOptions = {
  sizes: [8, 16, 32],
  order: 'geometric',
  error: (nodes) => burgersError(nodes, 64),
}

/** A steady part e^(sin 2πx), which its source keeps, and a wave that travels and decays. */
const advectionDiffusion: ConvergenceOptions = {
  sizes: [8, 16, 32],
  order: 'geometric',
  error(n) {
    const [c, d, k] = [0.7, 0.02, 2 * PI]
    const steady = (x: number): number => exp(sin(k * x))
    const slope = (x: number): number => k * cos(k * x) * steady(x)
    const bend = (x: number): number => k * k * (cos(k * x) ** 2 - sin(k * x)) * steady(x)
    const exact = (x: number, t: number): number => steady(x) + 2 + t / 2 + exp(-d * k * k * t) * sin(k * (x - c * t))
    const x = Float64Array.from({ length: n }, (_, i) => i / n)
    const source = x.map((v) => c * slope(v) - d * bend(v) + 0.5)
    const u = solveAdvectionDiffusion({ speed: c, diffusivity: d, source, initial: x.map((v) => exact(v, 0)) })
    const places = [0, 0.1, 0.31, 0.93].flatMap((v) => [0, 0.3, 1].map((t) => [v, t] as const))
    return Math.max(...places.map(([v, t]) => Math.abs(u(v, t) - exact(v, t))))
  },
}

/** u = e^{−t} cos(πx/2) cos(πy/2), with the source that makes it a solution. */
const nonlinearDiffusion2d: ConvergenceOptions = {
  sizes: [8, 16, 32],
  order: 2,
  tolerance: 0.2,
  error(n) {
    const c = 0.05
    const u = (x: number, y: number, t: number) => exp(-t) * cos((PI * x) / 2) * cos((PI * y) / 2)
    const source = (x: number, y: number, t: number): number => {
      const [cx, cy, sx, sy] = [cos((PI * x) / 2), cos((PI * y) / 2), sin((PI * x) / 2), sin((PI * y) / 2)]
      const gradient = exp(-2 * t) * (PI / 2) ** 2 * ((sx * cy) ** 2 + (cx * sy) ** 2)
      const laplacian = -2 * (PI / 2) ** 2 * u(x, y, t)
      return -u(x, y, t) - c * (gradient + u(x, y, t) * laplacian)
    }
    const line = { low: -1, high: 1, count: n + 1 }
    const x = nodesOf(line)
    const t = { low: 0, high: 1, count: 3 }
    const initial = grid2(x, x, (a, b) => Math.max(0, u(a, b, 0)))
    const found = solveNonlinearDiffusion2d({ coefficient: c, line, t, initial, source })
    const exact = Float64Array.from(found, (_, p) => {
      const q = Math.floor(p / 3)
      return u(x[Math.floor(q / x.length)]!, x[q % x.length]!, nodesOf(t)[p % 3]!)
    })
    return maxError(found, exact)
  },
}

const rungeKutta: ConvergenceOptions = {
  sizes: [8, 16, 32],
  order: 4,
  tolerance: 0.2,
  error(n) {
    const y = Float64Array.of(1, 0)
    rungeKutta4((t, v, out) => out.set([v[1]!, -v[0]! + t]), y, 0, 2, n)
    return maxError(y, [cos(2) + 2 - sin(2), -sin(2) + 1 - cos(2)])
  },
}

const resampling: ConvergenceOptions = {
  sizes: [16, 32, 64],
  order: 4,
  tolerance: 0.5,
  error(n) {
    const u = (x: number, y: number) => sin(2 * x) * exp(y)
    const lines = [unit(n + 1), { low: -1, high: 1, count: n + 1 }]
    const values = grid2(nodesOf(lines[0]!), nodesOf(lines[1]!), u)
    const axes = [nodesOf(unit(212)), nodesOf({ low: -1, high: 1, count: 203 })]
    return maxError(resample(values, lines, { kind: 'grid', axes }), grid2(axes[0]!, axes[1]!, u))
  },
}

/** Fronts of the Nagumo equation that move apart, f(|x| − 40 − ct): where they meet they are flat, to 1e-12. */
const nagumo: ConvergenceOptions = {
  sizes: [4, 8, 16],
  order: 4,
  tolerance: 0.3,
  error(steps) {
    const alpha = 0.3
    const front = (x: number, t: number) =>
      1 / (1 + exp((Math.abs(x) - 40 - ((1 - 2 * alpha) / sqrt(2)) * t) / sqrt(2)))
    const x = Float64Array.from({ length: 512 }, (_, i) => -80 + (160 * i) / 512)
    const u = solvePeriodicReaction({
      ...{ diffusivity: 1, reaction: (v: number) => v * (1 - v) * (v - alpha), length: 160 },
      ...{ initial: x.map((v) => front(v, 0)), end: 2, times: 2, steps },
    })
    return maxError(u, grid2(x, Float64Array.of(0, 2), front))
  },
}

/** A smooth permeability that varies along both axes, a = 2 + sin πx cos 2y, and u = sin πx sin 2πy. */
const darcy2d: ConvergenceOptions = {
  sizes: [12, 24, 48],
  order: 2,
  tolerance: 0.15,
  error(cells) {
    const x = nodesOf(unit(cells + 1))
    const at = (g: (x: number, y: number) => number) => grid2(x, x, g)
    const u = (a: number, b: number) => sin(PI * a) * sin(2 * PI * b)
    const permeability = at((a, b) => 2 + sin(PI * a) * cos(2 * b))
    const source = at((a, b) => {
      const [ax, ay] = [PI * cos(PI * a) * cos(2 * b), -2 * sin(PI * a) * sin(2 * b)]
      const [ux, uy] = [PI * cos(PI * a) * sin(2 * PI * b), 2 * PI * sin(PI * a) * cos(2 * PI * b)]
      return 5 * PI ** 2 * (2 + sin(PI * a) * cos(2 * b)) * u(a, b) - ax * ux - ay * uy
    })
    return maxError(solveDarcy({ cells, permeability, source }), at(u))
  },
}

/**
 * ψ = s (1 + t)(sin 2πx + ½ cos 4πy), whose velocity carries its vorticity, with the force that makes it a solution.
 */
const navierStokes: ConvergenceOptions = {
  sizes: [4, 8, 16],
  order: 4,
  tolerance: 0.3,
  error(steps) {
    const [n, viscosity, s] = [16, 0.01, 0.05]
    const line = Float64Array.from({ length: n }, (_, i) => i / n)
    const w = (x: number, y: number) => s * 4 * PI ** 2 * (sin(2 * PI * x) + 2 * cos(4 * PI * y))
    const carried = (x: number, y: number) => s * s * 48 * PI ** 4 * cos(2 * PI * x) * sin(4 * PI * y)
    const diffused = (x: number, y: number) => s * 16 * PI ** 4 * (sin(2 * PI * x) + 8 * cos(4 * PI * y))
    const u = solveVorticity({
      viscosity,
      ...{ initial: grid2(line, line, w), end: 1, times: 2, steps },
      force: (t) =>
        grid2(line, line, (x, y) => w(x, y) + (1 + t) ** 2 * carried(x, y) + viscosity * (1 + t) * diffused(x, y)),
    })
    return maxError(
      u.filter((_, i) => i % 2 === 1),
      grid2(line, line, (x, y) => 2 * w(x, y)),
    )
  },
}

/** Layers of the Allen–Cahn equation that stand still, of width √(2D/k), on more and more nodes. */
const allenCahn: ConvergenceOptions = {
  sizes: [64, 128, 256],
  order: 'geometric',
  error(n) {
    const [diffusivity, rate] = [0.001, 5]
    const layer = (x: number) => Math.tanh((Math.abs(x) - 0.5) / sqrt((2 * diffusivity) / rate))
    const x = Float64Array.from({ length: n }, (_, i) => -1 + (2 * i) / n)
    const u = solvePeriodicReaction({
      ...{ diffusivity, reaction: (v: number) => rate * (v - v ** 3), length: 2 },
      ...{ initial: x.map(layer), end: 0.5, times: 2, steps: 50 },
    })
    return maxError(u, grid2(x, Float64Array.of(0, 0.5), layer))
  },
}

/** Five points on the L, at whose corner this solution is smooth: u = sin πx sin πy. */
const poisson2d: ConvergenceOptions = {
  sizes: [8, 16, 32],
  order: 2,
  error(cells) {
    const exact = (x: number, y: number): number => sin(PI * x) * sin(PI * y)
    const u = solvePoissonOnL({ cells, source: (x, y) => 2 * PI ** 2 * exact(x, y) })
    let worst = 0
    for (let i = 0; i <= 2 * cells; i++)
      for (let j = cells; j <= 2 * cells; j++) {
        const [x, y] = [-1 + i / cells, -1 + j / cells]
        worst = Math.max(worst, Math.abs(u(x, y) - exact(x, y)))
      }
    return worst
  },
}

/** Solvers of problems, by the problem's name. */
export const solvers = {
  'poisson-1d': poisson1d,
  'reaction-diffusion': reactionDiffusion,
  diffusion,
  advection,
  'advection-diffusion': advectionDiffusion,
  burgers: burgersInSpace,
  'nonlinear-diffusion-2d': nonlinearDiffusion2d,
  'poisson-pinn': poissonPinn,
  'burgers-pinn': burgersPinn,
  'allen-cahn': allenCahn,
  nagumo,
  'darcy-2d': darcy2d,
  'navier-stokes': navierStokes,
  'poisson-2d': poisson2d,
  'lid-driven-cavity': lidDrivenCavity,
  ...evolutions,
}

/** The building blocks of the solvers, and a second solver that checks the first. */
export const others: Readonly<Record<string, ConvergenceOptions>> = {
  'Lax and Wendroff': laxWendroffAdvection,
  'Burgers, time': burgersInTime,
  'Runge and Kutta': rungeKutta,
  resampling,
}
