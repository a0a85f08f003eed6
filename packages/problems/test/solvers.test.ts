/** Each solver against a solution known in closed form, on grids of different fineness: the order of convergence. */
import { describe, expect, it } from 'vitest'
import {
  laxWendroff,
  solveAdvection,
  solveBurgers,
  solveDiffusion,
  solveNonlinearDiffusion2d,
  solvePoisson1d,
  solveReactionDiffusion,
} from '../src/index.js'
import { fft } from '../src/numerics/fft.js'
import { nodesOf } from '../src/geometry/line.js'
import { resample } from '../src/interpolation/resample.js'
import { rungeKutta4 } from '../src/numerics/rungeKutta4.js'
import { codeOf, maxError, order } from './support.js'

const { sin, cos, exp, sqrt, PI } = Math

/** Errors on finer and finer grids, each step `ratio` times smaller; returns the observed orders between neighbours. */
function observed(name: string, sizes: readonly number[], error: (n: number) => number): number[] {
  const errors = sizes.map(error)
  const orders = errors.slice(1).map((e, i) => order(errors[i]!, e, sizes[i + 1]! / sizes[i]!))
  console.log(
    `${name}: errors ${errors.map((e) => e.toExponential(2)).join(', ')}; orders ${orders.map((o) => o.toFixed(2)).join(', ')}`,
  )
  return orders
}

const grid2 = (x: Float64Array, t: Float64Array, u: (x: number, t: number) => number): Float64Array =>
  Float64Array.from({ length: x.length * t.length }, (_, p) => u(x[Math.floor(p / t.length)]!, t[p % t.length]!))

describe('orders of convergence', () => {
  it('Poisson 1D: 2, with unequal end values', () => {
    const orders = observed('poisson 1d', [20, 40, 80], (n) => {
      const line = { low: -1, high: 1, count: n + 1 }
      const x = nodesOf(line)
      const f = x.map((v) => PI * PI * sin(PI * v) - exp(v))
      return maxError(
        solvePoisson1d(line, f, [exp(-1), exp(1)]),
        x.map((v) => sin(PI * v) + exp(v)),
      )
    })
    orders.forEach((o) => expect(Math.abs(o - 2)).toBeLessThan(0.1))
  })

  it('reaction-diffusion: 2 in both steps, with the sign +k u²', () => {
    const [d, k] = [0.01, 0.8]
    const u = (x: number, t: number) => (1 + t) * exp(-t) * sin(PI * x) * exp(x)
    const source = (x: number, t: number) => {
      const space = sin(PI * x) * exp(x)
      const bend = exp(x) * ((1 - PI * PI) * sin(PI * x) + 2 * PI * cos(PI * x))
      return -t * exp(-t) * space - d * (1 + t) * exp(-t) * bend - k * u(x, t) ** 2
    }
    const run = (n: number, reaction: number): number => {
      const x = { low: 0, high: 1, count: n + 1 }
      const t = { low: 0, high: 1, count: n + 1 }
      const nodes = nodesOf(x)
      const found = solveReactionDiffusion({
        diffusivity: d,
        reaction,
        x,
        t,
        source: (time, at) => at.map((v) => source(v, time)),
        initial: nodes.map((v) => u(v, 0)),
      })
      return maxError(found, grid2(nodes, nodesOf(t), u))
    }
    const orders = observed('reaction-diffusion', [16, 32, 64], (n) => run(n, k))
    orders.forEach((o) => expect(Math.abs(o - 2)).toBeLessThan(0.25))
    // With the other sign the equation is another one: the error does not go away.
    expect(run(64, -k)).toBeGreaterThan(0.1)
  })

  it('diffusion: geometric in the number of nodes', () => {
    // sin θ/(a − cos θ) = 2 Σ rⁿ sin nθ with r = a − √(a² − 1): an odd periodic analytic function.
    const a = 1.1
    const r = a - sqrt(a * a - 1)
    const exact = (x: number, t: number): number => {
      let sum = 0
      for (let n = 1; n < 400; n++) sum += 2 * r ** n * exp(-n * n * t) * sin(n * PI * x)
      return sum
    }
    const errors = [16, 32, 64].map((m) => {
      const x = nodesOf({ low: 0, high: 1, count: m + 1 })
      const initial = x.map((v) => sin(PI * v) / (a - cos(PI * v)))
      const u = solveDiffusion({ diffusivity: 1 / (PI * PI), low: 0, high: 1, initial })
      const places = [0.1, 0.31, 0.5, 0.93].flatMap((v) => [0.01, 0.3].map((t) => [v, t] as const))
      return maxError(
        places.map(([v, t]) => u(v, t)),
        places.map(([v, t]) => exact(v, t)),
      )
    })
    console.log(
      `diffusion: errors ${errors.map((e) => e.toExponential(2)).join(', ')}; r^(2m) predicts a factor of ${(r ** 32).toExponential(1)} first`,
    )
    expect(errors[1]!).toBeLessThan(errors[0]! * 1e-2)
    expect(errors[2]!).toBeLessThan(1e-12)
  })

  const moving = {
    // τ(x) = ln(1 + x) for a = 1 + x; u is any function of t − τ.
    speed: (x: number) => 1 + x,
    initial: (x: number) => sin(3 * -Math.log(1 + x)),
    inflow: (t: number) => sin(3 * t),
  }
  const moved = (x: number, t: number) => sin(3 * (t - Math.log(1 + x)))

  it('advection by characteristics: 4', () => {
    const orders = observed('advection, characteristics', [8, 16, 32], (n) => {
      const u = solveAdvection(moving, { low: 0, high: 1, count: n + 1 })
      const x = nodesOf({ low: 0, high: 1, count: 38 })
      const t = nodesOf({ low: 0, high: 1, count: 12 })
      return maxError(grid2(x, t, u), grid2(x, t, moved))
    })
    orders.forEach((o) => expect(Math.abs(o - 4)).toBeLessThan(0.4))
  })

  it('advection by Lax and Wendroff: 2', () => {
    const orders = observed('advection, Lax-Wendroff', [32, 64, 128], (n) => {
      const x = { low: 0, high: 1, count: n + 1 }
      const t = { low: 0, high: 1, count: 2.5 * n + 1 }
      return maxError(laxWendroff(moving, x, t), grid2(nodesOf(x), nodesOf(t), moved))
    })
    orders.forEach((o) => expect(Math.abs(o - 2)).toBeLessThan(0.25))
  })

  it('the two solvers of the advection equation agree where a kink runs through', () => {
    const kinked = {
      speed: (x: number) => 1.5 + sin(5 * x) / 3,
      initial: (x: number) => sin(PI * x),
      inflow: (t: number) => sin((PI * t) / 2),
    }
    const x = { low: 0, high: 1, count: 401 }
    const t = { low: 0, high: 1, count: 1001 }
    const waves = laxWendroff(kinked, x, t)
    const u = solveAdvection(kinked, { low: 0, high: 1, count: 201 })
    const last = Float64Array.from({ length: 401 }, (_, i) => waves[i * 1001 + 1000]!)
    const exact = nodesOf(x).map((v) => u(v, 1))
    expect(maxError(last, exact)).toBeLessThan(0.01)
  })

  it('Burgers: 4 in time, faster than any power in space (Cole and Hopf)', () => {
    const nu = 0.02
    const k = 2 * PI
    // φ = c + e^{−νk²t} cos kx solves the heat equation; u = −2ν φ_x/φ.
    const exact = (x: number, t: number) => {
      const decay = exp(-nu * k * k * t)
      return (2 * nu * k * decay * sin(k * x)) / (1.3 + decay * cos(k * x))
    }
    const run = (n: number, steps: number): number => {
      const x = Float64Array.from({ length: n }, (_, i) => i / n)
      const u = solveBurgers({ viscosity: nu, length: 1, initial: x.map((v) => exact(v, 0)), end: 1, times: 3, steps })
      return maxError(u, grid2(x, Float64Array.of(0, 0.5, 1), exact))
    }
    const orders = observed('burgers, time', [16, 32, 64], (steps) => run(64, steps))
    orders.forEach((o) => expect(o).toBeGreaterThan(3.5))
    const space = observed('burgers, space', [8, 16, 32], (n) => run(n, 64))
    expect(space[1]!).toBeGreaterThan(space[0]! + 2)
  })

  it('2D nonlinear diffusion: 2', () => {
    const c = 0.05
    const u = (x: number, y: number, t: number) => exp(-t) * cos((PI * x) / 2) * cos((PI * y) / 2)
    const source = (x: number, y: number, t: number): number => {
      const [cx, cy, sx, sy] = [cos((PI * x) / 2), cos((PI * y) / 2), sin((PI * x) / 2), sin((PI * y) / 2)]
      const gradient = exp(-2 * t) * (PI / 2) ** 2 * ((sx * cy) ** 2 + (cx * sy) ** 2)
      const laplacian = -2 * (PI / 2) ** 2 * u(x, y, t)
      return -u(x, y, t) - c * (gradient + u(x, y, t) * laplacian)
    }
    const orders = observed('2d nonlinear diffusion', [8, 16, 32], (n) => {
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
    })
    orders.forEach((o) => expect(Math.abs(o - 2)).toBeLessThan(0.2))
  })

  it('Runge and Kutta: 4', () => {
    const orders = observed('runge-kutta', [8, 16, 32], (n) => {
      const y = Float64Array.of(1, 0)
      rungeKutta4((t, v, out) => out.set([v[1]!, -v[0]! + t]), y, 0, 2, n)
      return maxError(y, [cos(2) + 2 - sin(2), -sin(2) + 1 - cos(2)])
    })
    orders.forEach((o) => expect(Math.abs(o - 4)).toBeLessThan(0.2))
  })

  it('resampling: 4, and exact at nodes', () => {
    const u = (x: number, y: number) => sin(2 * x) * exp(y)
    const orders = observed('resample', [16, 32, 64], (n) => {
      const lines = [
        { low: 0, high: 1, count: n + 1 },
        { low: -1, high: 1, count: n + 1 },
      ]
      const values = grid2(nodesOf(lines[0]!), nodesOf(lines[1]!), u)
      const axes = [nodesOf({ low: 0, high: 1, count: 212 }), nodesOf({ low: -1, high: 1, count: 203 })]
      expect(resample(values, lines, { kind: 'grid', axes: lines.map(nodesOf) })).toEqual(values)
      return maxError(resample(values, lines, { kind: 'grid', axes }), grid2(axes[0]!, axes[1]!, u))
    })
    orders.forEach((o) => expect(o).toBeGreaterThan(3.5))
  })
})

describe('the fast Fourier transform', () => {
  it('is the sum that defines it, and its inverse undoes it', () => {
    const n = 16
    const x = Float64Array.from({ length: n }, (_, i) => sin(1 + i * i))
    const y = Float64Array.from({ length: n }, (_, i) => cos(3 * i))
    const [re, im] = [x.slice(), y.slice()]
    const f = fft(n)
    f.forward(re, im)
    for (let k = 0; k < n; k++) {
      let [a, b] = [0, 0]
      for (let j = 0; j < n; j++) {
        const angle = (-2 * PI * j * k) / n
        a += x[j]! * cos(angle) - y[j]! * sin(angle)
        b += x[j]! * sin(angle) + y[j]! * cos(angle)
      }
      expect(re[k]).toBeCloseTo(a, 12)
      expect(im[k]).toBeCloseTo(b, 12)
    }
    f.inverse(re, im)
    expect(maxError(re, x)).toBeLessThan(1e-14)
    expect(maxError(im, y)).toBeLessThan(1e-14)
    expect(codeOf(() => fft(12))).toBe('INVALID_OPTION')
  })
})

describe('refusals', () => {
  const line = { low: 0, high: 1, count: 11 }
  it('says when a scheme would be unstable, and when a solution blows up', () => {
    const fast = { speed: () => 20, initial: () => 0, inflow: () => 0 }
    expect(codeOf(() => laxWendroff(fast, line, line))).toBe('UNSTABLE_STEP')
    const source = () => new Float64Array(11).fill(100)
    expect(codeOf(() => solveReactionDiffusion({ diffusivity: 0.01, reaction: 10, x: line, t: line, source }))).toBe(
      'SOLVER_DIVERGED',
    )
    const initial = new Float64Array(121).fill(-1)
    expect(codeOf(() => solveNonlinearDiffusion2d({ coefficient: 1, line, t: line, initial }))).toBe('SOLVER_DIVERGED')
  })
})
