/** Invariants of the solutions of evolutions, and the agreement of their two forms. */
import { key } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import {
  advectionJumps,
  allenCahn2d,
  kuramotoSivashinsky,
  nagumo,
  navierStokes,
  rolloutProblem,
  shallowWater,
} from '../../src/index.js'
import { solveRadialShallowWater } from '../../src/pde/shallowWater/solver.js'
import { maxError } from '../support/support.js'

const few = { train: 1, validation: 1, test: 2 }

describe('trajectories', () => {
  it.each([
    ['Allen–Cahn', allenCahn2d({ ...few, points: 16, duration: 0.4, interval: 0.1, frames: 5 })],
    ['Kuramoto–Sivashinsky', kuramotoSivashinsky({ ...few, duration: 4, interval: 1, frames: 5 })],
    ['advection', advectionJumps({ ...few, points: 24, duration: 2, interval: 0.5, frames: 5 })],
  ])('end with the map, of %s', async (_, problem) => {
    const [{ values }, data] = await Promise.all([problem.trajectories('test'), problem.data('test')])
    const cells = problem.sensors.count
    for (const f of [0, 1]) {
      const last = values.subarray((5 * f + 4) * cells, 5 * (f + 1) * cells)
      expect(maxError(last, data.values.subarray(f * cells, (f + 1) * cells))).toBeLessThan(1e-5)
    }
  })
})

describe('long trajectories', () => {
  it('stay finite: an imaginary part of rounding errors does not grow from frame to frame', async () => {
    const problem = kuramotoSivashinsky({ ...few, points: 16, duration: 1, interval: 1, frames: 4000 })
    const { values } = await problem.trajectories('train')
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(5)
  })
})

describe('rolloutProblem', () => {
  it('maps the first frame, channel by channel, to all later ones with time and channels last', async () => {
    const problem = shallowWater({ ...few, points: 4, frames: 3 })
    const rollout = rolloutProblem(problem)
    const { values: raw } = await problem.trajectories('test')
    const { sensors, values, count } = await rollout.data('test')
    const { values: states } = await rollout.states('test')
    expect([rollout.axes, rollout.outputs, count]).toEqual([['x', 'y', 't'], 3, 2])
    expect(rollout.sensors.functions?.map(({ name, count: n }) => [name, n])).toEqual([
      ['h', 16],
      ['hu', 16],
      ['hv', 16],
    ])
    const at = (f: number, t: number, p: number, c: number): number => raw[((f * 3 + t) * 16 + p) * 3 + c]!
    expect(sensors[48 + 16 + 5]).toBe(at(1, 0, 5, 1))
    expect(values[((16 + 5) * 2 + 1) * 3 + 2]).toBe(at(1, 2, 5, 2))
    expect(states[(3 + 1) * 48 + 2 * 16 + 7]).toBe(at(1, 1, 7, 2))
    const step = await rollout.step.data('test')
    expect([step.count, rollout.step.sizes.test, rollout.step.axes]).toEqual([4, 4, ['x', 'y']])
    expect(step.values[(2 * 16 + 5) * 3 + 1]).toBeCloseTo(at(1, 1, 5, 1) - at(1, 0, 5, 1), 12)
  })

  it('takes space alone of a problem whose solutions have time', () => {
    const { step, axes, at } = rolloutProblem(navierStokes({ ...few, sensors: 8, nodes: 8, times: 3, steps: 1 }))
    expect([axes, step.axes]).toEqual([
      ['x', 'y', 't'],
      ['x', 'y'],
    ])
    expect(at.kind === 'grid' ? at.axes.map((x) => x.length) : []).toEqual([8, 8, 2])
  })

  it('takes the points of trajectories, which may be others than those of the map', async () => {
    const problem = nagumo({ ...few, nodes: 16, points: 5 })
    const { step, at, sensors } = rolloutProblem(problem)
    expect(at.kind === 'grid' ? at.axes.map((x) => x.length) : []).toEqual([16, 50])
    expect([sensors.grid, step.sensors.count]).toEqual([[16], 16])
    expect([...sensors.x].slice(0, 2)).toEqual([0, 1 / 16])
    const [{ values }, data] = await Promise.all([problem.trajectories('test'), problem.data('test')])
    // x = 0 at the last time, of the first function: the map has 5 × 5 values.
    expect(values[50 * 16]).toBeCloseTo(data.values[4]!, 5)
  })
})

describe('the broken dam', () => {
  const [radius, rings] = [4, 200]
  const ring = (i: number): number => ((i + 0.5) * radius) / rings
  const initial = Float64Array.from({ length: rings }, (_, i) => (ring(i) < 0.5 ? 2 : 1))
  const frames = solveRadialShallowWater({ radius, gravity: 1, initial, interval: 0.5, frames: 3 })
  const depth = (t: number): Float64Array =>
    frames.subarray(2 * t * rings, 2 * (t + 1) * rings).filter((_, i) => i % 2 === 0)

  it('keeps the volume of water, and depths between those of the start and of the hole behind the wave', () => {
    const volume = (t: number): number => depth(t).reduce((sum, h, i) => sum + h * ring(i), 0)
    for (const t of [1, 2]) expect(volume(t) / volume(0)).toBeCloseTo(1, 12)
    expect(Math.max(...depth(1))).toBeLessThan(2)
    expect(Math.min(...depth(2))).toBeGreaterThan(0.3)
  })

  it('leaves water at rest alone', () => {
    const still = solveRadialShallowWater({
      ...{ radius, gravity: 1, interval: 1, frames: 2 },
      initial: initial.fill(1),
    })
    expect(maxError(still.subarray(2 * rings), still.subarray(0, 2 * rings))).toBeLessThan(1e-12)
  })

  it('is round: h does not change if x and y are exchanged, and water flows outwards', async () => {
    const problem = shallowWater({ ...few, points: 8, frames: 2, interval: 0.5 })
    const { values } = await problem.trajectories('test')
    const at = (i: number, j: number, c: number): number => values[((8 + i) * 8 + j) * 3 + c]!
    for (const [i, j] of [
      [1, 5],
      [2, 3],
    ] as const) {
      expect(at(i, j, 0)).toBeCloseTo(at(j, i, 0), 6)
      expect(at(i, j, 1)).toBeCloseTo(at(j, i, 2), 6)
    }
    expect(at(5, 3, 1)).toBeGreaterThan(0)
  })

  it('moves profiles by whole steps exactly', async () => {
    const { generator, sensors, at } = advectionJumps({ ...few, points: 16, speed: 0.25, duration: 1 })
    const [f] = await generator!.sample(key(2), 1)
    const [before, after] = [f!(sensors.x), generator!.solve(f!, at)]
    after.forEach((v, i) => expect(v).toBeCloseTo(before[(i + 12) % 16]!, 12))
  })
})
