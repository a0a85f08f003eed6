import { ensureConvergence } from '@spikeward/testkit'
import { describe, expect, it } from 'vitest'
import {
  laxWendroff,
  solveAdvection,
  solveBurgers,
  solveNonlinearDiffusion2d,
  solveReactionDiffusion,
} from '../src/index.js'
import { nodesOf } from '../src/geometry/gridPoints.js'
import { coleHopfBurgers } from '../src/numerics/coleHopfBurgers.js'
import { solveDarcy } from '../src/pde/darcy2d/solver.js'
import { conjugateGradients } from '../src/numerics/conjugateGradients.js'
import { resample } from '../src/interpolation/resample.js'
import { fft } from '../src/numerics/fft.js'
import { others, reactionDiffusionError, solvers } from './support/convergence.js'
import { codeOf, maxError } from './support/support.js'

const { sin, cos, PI } = Math

describe('orders of convergence', () => {
  // The orders of `solvers` are tested by the contracts of their problems; the table in the README comes from here.
  it.each(Object.entries({ ...solvers, ...others }))('%s', (name, solver) => {
    const { errors, orders } = ensureConvergence(solver)
    const shown = [errors.map((e) => e.toExponential(1)), orders.map((o) => o.toFixed(2))]
    console.log(`${name}: errors ${shown[0]!.join(', ')}; orders ${shown[1]!.join(', ')}`)
  })

  it('reaction-diffusion with the other sign of k u² is another equation: the error stays', () => {
    expect(reactionDiffusionError(64, -0.8)).toBeGreaterThan(0.1)
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

  it('resampling is exact at nodes', () => {
    const lines = [
      { low: 0, high: 1, count: 17 },
      { low: -1, high: 1, count: 9 },
    ]
    const values = Float64Array.from({ length: 17 * 9 }, (_, i) => sin(i * i))
    expect(resample(values, lines, { kind: 'grid', axes: lines.map(nodesOf) })).toEqual(values)
  })
})

describe('conjugate gradients', () => {
  /** The system of a diagonal matrix with eigenvalues from 1 to `largest`, evenly spaced in their logarithm. */
  const solved = (largest: number, b: Float64Array): Float64Array =>
    conjugateGradients((x, y) => x.forEach((v, i) => (y[i] = v * largest ** (i / (x.length - 1)))), b)
  const ones = new Float64Array(500).fill(1)

  it('solve', () => {
    solved(100, ones).forEach((x, i) => expect(x * 100 ** (i / 499)).toBeCloseTo(1, 8))
    expect(solved(100, new Float64Array(4))).toEqual(new Float64Array(4))
  })

  it('solve a system of any scale along its diagonal, if that is the preconditioner', () => {
    const diagonal = ones.map((_, i) => 1e14 ** (i / 499))
    const apply = (x: Float64Array, y: Float64Array): void => x.forEach((v, i) => (y[i] = v * diagonal[i]!))
    const divided = (r: Float64Array, z: Float64Array): void => z.forEach((_, i) => (z[i] = r[i]! / diagonal[i]!))
    conjugateGradients(apply, ones, divided).forEach((x, i) => expect(x * diagonal[i]!).toBeCloseTo(1, 8))
  })

  it('solve for a permeability that varies by a factor of 3,000, as some log-normal ones do', () => {
    const cells = 84
    const n = cells + 1
    const permeability = Float64Array.from({ length: n * n }, (_, k) =>
      Math.exp(2 * (sin((3 * PI * Math.floor(k / n)) / cells) + cos((2 * PI * (k % n)) / cells))),
    )
    const u = solveDarcy({ cells, permeability, source: new Float64Array(n * n).fill(1) })
    expect(Math.min(...u)).toBe(0)
    expect(Math.max(...u)).toBeGreaterThan(0)
  })

  it('report when they reach their limit or a number that is not finite', () => {
    expect(() => solved(1e14, ones)).toThrow(/relative residual .* after 448 of 448 iterations/)
    expect(codeOf(() => solved(1e14, ones))).toBe('SOLVER_DIVERGED')
    expect(
      codeOf(() =>
        solved(
          100,
          ones.map((v, i) => (i === 3 ? NaN : v)),
        ),
      ),
    ).toBe('SOLVER_DIVERGED')
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

describe('large grids', () => {
  it('are not arguments of one call, which would overflow the stack', () => {
    const n = 400
    const line = { low: -1, high: 1, count: n }
    const t = { low: 0, high: 1e-6, count: 2 }
    const initial = new Float64Array(n * n)
    const u = solveNonlinearDiffusion2d({ coefficient: 1e-6, line, t, initial, source: () => 1 })
    expect(u[(n * (n / 2) + n / 2) * 2 + 1]).toBeCloseTo(1e-6, 12)
    const still = { speed: () => 1, initial: () => 2, inflow: () => 2 }
    const fine = { low: 0, high: 1, count: 200_001 }
    expect(laxWendroff(still, fine, { low: 0, high: 1e-6, count: 2 }).every((v) => v === 2)).toBe(true)
  })
})

describe('refusals', () => {
  const line = { low: 0, high: 1, count: 11 }
  it('reports an unstable scheme, and a solution that blows up', () => {
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

describe('the shock of burgersPinn', () => {
  it('is that of a pseudo-spectral method, which has nothing in common with the transform', () => {
    const [n, times] = [1024, 5]
    // −sin π(−1 + 2i/n)
    const initial = Float64Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * i) / n))
    const viscosity = 0.01 / Math.PI
    const spectral = solveBurgers({ viscosity, length: 2, initial, end: 1, times, steps: 250 })
    const u = coleHopfBurgers(viscosity)
    let [difference, size] = [0, 0]
    for (let i = 0; i < n; i += 4)
      for (let j = 0; j < times; j++) {
        const exact = u(-1 + (2 * i) / n, j / (times - 1))
        difference += (spectral[i * times + j]! - exact) ** 2
        size += exact ** 2
      }
    expect(Math.sqrt(difference / size)).toBeLessThan(5e-6)
  })

  it('is steepest where and as steep as Basdevant et al. (1986) have it: 152.00516 at πt = 1.6037', () => {
    const u = coleHopfBurgers(0.01 / Math.PI)
    const slope = (t: number): number => (u(1e-6, t) - u(-1e-6, t)) / 2e-6
    expect(slope(1.6037 / Math.PI)).toBeCloseTo(-152.00516, 3)
    for (const t of [1.5 / Math.PI, 1.7 / Math.PI]) expect(Math.abs(slope(t))).toBeLessThan(152)
  })
})
