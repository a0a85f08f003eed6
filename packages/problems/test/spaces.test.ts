import { key } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import {
  gaussianProcess,
  karhunenLoeve,
  neumannField,
  periodicField2d,
  rbf,
  sampleFunctions,
  spectralField,
} from '../src/index.js'
import type { FunctionSpace } from '../src/index.js'
import { gaussLegendre } from '../src/spaces/karhunenLoeve.js'
import { codeOf } from './support/support.js'

const kernel = rbf({ length: 0.3, variance: 2 })
const spaces: [string, FunctionSpace, (x: number, y: number) => number][] = [
  ['gaussianProcess', gaussianProcess({ kernel, domain: [-1, 1], candidates: 200 }), kernel.covariance],
  ['karhunenLoeve', karhunenLoeve({ kernel, domain: [-1, 1] }), kernel.covariance],
  [
    'spectralField',
    spectralField({ gamma: 2, tau: 3, sigma: 5, domain: [-1, 1], modes: 32, mean: true }),
    (x, y) => {
      let sum = (25 * 9 ** -2) / 2
      for (let k = 1; k <= 32; k++) sum += 25 * ((Math.PI * k) ** 2 + 9) ** -2 * Math.cos(Math.PI * k * (x - y))
      return sum
    },
  ],
]
const points = Float64Array.of(-1, -0.71, -0.2, 0, 0.33, 0.98)

describe.each(spaces)('%s', (_, space, covariance) => {
  it('has the stated covariance, Σ b(x) b(y), also off its own points', () => {
    const b = space.basis(points)
    expect(b.length).toBe(points.length * space.rank)
    points.forEach((x, i) =>
      points.forEach((y, j) => {
        let sum = 0
        for (let r = 0; r < space.rank; r++) sum += b[i * space.rank + r]! * b[j * space.rank + r]!
        expect(Math.abs(sum - covariance(x, y))).toBeLessThan(1e-8 * covariance(0, 0))
      }),
    )
  })

  it('draws functions with these moments: mean, variance and covariance within 4.5 standard errors', async () => {
    const n = 4000
    const f = (await sampleFunctions(space, key(7), n)).map((g) => g(points))
    const moment = (g: (v: Float64Array) => number): [number, number] => {
      const values = f.map(g)
      const mean = values.reduce((a, b) => a + b) / n
      return [mean, Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / n / n)]
    }
    points.forEach((x, i) => {
      const [mean, error] = moment((v) => v[i]!)
      expect(Math.abs(mean)).toBeLessThan(4.5 * error)
      points.forEach((y, j) => {
        const [c, e] = moment((v) => v[i]! * v[j]!)
        expect(Math.abs(c - covariance(x, y))).toBeLessThan(4.5 * e)
      })
    })
  })

  it('is a function of the key, and the first functions do not depend on how many are drawn', async () => {
    const few = await sampleFunctions(space, key(3), 2)
    const many = await sampleFunctions(space, key(3), 5)
    const other = await sampleFunctions(space, key(4), 2)
    expect([...few[1]!(points)]).toEqual([...many[1]!(points)])
    expect([...few[1]!(points)]).not.toEqual([...other[1]!(points)])
    expect([...few[0]!(points)]).not.toEqual([...few[1]!(points)])
  })
})

describe('the pieces', () => {
  it('gaussianProcess needs few numbers for a smooth function, and more for a rough one', () => {
    const rank = (length: number) => gaussianProcess({ kernel: rbf({ length }), domain: [0, 1] }).rank
    expect(rank(0.2)).toBeLessThan(35)
    expect(rank(0.05)).toBeGreaterThan(rank(0.2))
  })

  it('karhunenLoeve finds the known spectrum of Brownian motion, λₖ = ((k − ½)π)⁻²', () => {
    const brownian = { name: 'brownian', covariance: Math.min }
    const { eigenvalues, explained } = karhunenLoeve({ kernel: brownian, domain: [0, 1], terms: 4, nodes: 80 })
    eigenvalues.forEach((v, k) => expect(v * ((k + 0.5) * Math.PI) ** 2).toBeCloseTo(1, 2))
    expect(explained).toBeCloseTo(eigenvalues.reduce((a, b) => a + b) / 0.5, 2)
  })

  it('karhunenLoeve works with many nodes', () => {
    const space = karhunenLoeve({ kernel, domain: [-1, 1], nodes: 400 })
    const few = karhunenLoeve({ kernel, domain: [-1, 1], nodes: 64 })
    for (let k = 0; k < 10; k++) expect(space.eigenvalues[k]! / few.eigenvalues[k]!).toBeCloseTo(1, 10)
  })

  it('spectralField without its mean integrates to zero over a period, and repeats', async () => {
    const [f] = await sampleFunctions(spectralField({ gamma: 4, tau: 5, sigma: 625, modes: 20 }), key(0), 1)
    const grid = Float64Array.from({ length: 101 }, (_, i) => i / 100)
    const v = f!(grid)
    expect(v[100]).toBeCloseTo(v[0]!, 10)
    expect(v.subarray(0, 100).reduce((a, b) => a + b) / 100).toBeCloseTo(0, 10)
  })

  it.each([1, 2, 5, 12])('gaussLegendre(%i) is exact to degree 2n − 1, and no further', (n) => {
    const { x, w } = gaussLegendre(n, [0, 2])
    const integral = (d: number) => x.reduce((sum, v, i) => sum + w[i]! * v ** d, 0) / (2 ** (d + 1) / (d + 1))
    for (let d = 0; d < 2 * n; d++) expect(integral(d)).toBeCloseTo(1, 11)
    expect(Math.abs(integral(2 * n) - 1)).toBeGreaterThan(1e-15)
  })

  it('refuses impossible options', () => {
    expect(codeOf(() => rbf({ length: 0 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => gaussianProcess({ kernel, domain: [1, 1] }))).toBe('INVALID_OPTION')
    expect(codeOf(() => gaussianProcess({ kernel, domain: [0, 1], candidates: 1 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => karhunenLoeve({ kernel, domain: [0, 1], terms: 0 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => spectralField({ gamma: 1, tau: -1, sigma: 1 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => spectralField({ gamma: 1, tau: 1, sigma: 1, modes: 1.5 }))).toBe('INVALID_OPTION')
  })
})

describe('fields on the unit square', () => {
  /** Σ basis² at each point: the variance there. */
  const variances = (space: FunctionSpace, points: readonly number[]): number[] => {
    const basis = space.basis(Float64Array.from(points))
    return Array.from({ length: points.length / 2 }, (_, p) =>
      basis.subarray(p * space.rank, (p + 1) * space.rank).reduce((sum, v) => sum + v * v, 0),
    )
  }
  const cells = Array.from({ length: 20 * 20 }, (_, p) => [
    (Math.floor(p / 20) + 0.5) / 20,
    ((p % 20) + 0.5) / 20,
  ]).flat()

  it('neumannField has a mean square of 1, and no slope across the border', async () => {
    const space = neumannField({ gamma: 2, tau: 3, modes: 8 })
    const all = variances(space, cells)
    expect(all.reduce((a, b) => a + b) / all.length).toBeCloseTo(1, 6)
    const [f] = await sampleFunctions(space, key(1), 1)
    const [near, at] = f!(Float64Array.of(1e-4, 0.3, 0, 0.3))
    expect(Math.abs(near! - at!)).toBeLessThan(1e-5)
  })

  it('periodicField2d repeats, has mean 0, and the covariance that it states', async () => {
    const space = periodicField2d({ gamma: 2.5, tau: 7, sigma: 2, modes: 2 })
    const [f] = await sampleFunctions(space, key(1), 1)
    const [here, there] = f!(Float64Array.of(0.2, 0.7, 1.2, -0.3))
    expect(here).toBeCloseTo(there!, 10)
    const values = f!(Float64Array.from(cells))
    expect(values.reduce((a, b) => a + b) / values.length).toBeCloseTo(0, 10)
    let variance = 0
    for (let k = -2; k <= 2; k++)
      for (let l = -2; l <= 2; l++)
        if (k !== 0 || l !== 0) variance += 4 * (4 * Math.PI ** 2 * (k * k + l * l) + 49) ** -2.5
    for (const v of variances(space, [0.1, 0.9, 0.4, 0.2])) expect(v).toBeCloseTo(variance, 10)
  })
})
