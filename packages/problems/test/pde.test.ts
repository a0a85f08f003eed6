import { add, cos, jit, jvp, key, mul, onesLike, reshape, sum, tensor, zeros } from '@spikeward/core'
import type { Coords, Field, HostCoords, Key, OperatorProblem, Physics, SourceFunction, Tensor } from '@spikeward/core'
import { describeProblem } from '@spikeward/testkit'
import { describe, expect, it } from 'vitest'
import {
  advection,
  axisCoordinate,
  burgers,
  countOf,
  diffusion,
  nonlinearDiffusion2d,
  pointsOf,
  poisson1d,
  poissonPinn,
  reactionDiffusion,
  region,
} from '../src/index.js'
import { interpolate1d, interpolate2d } from '../src/interpolation/interpolateSensors.js'
import { codeOf, maxError } from './support.js'

const few = { train: 3, validation: 2, test: 2 }
/** How to make the problem, and how small a residual its reference must leave beside that of a wrong field. */
const rows: [string, (o?: { key: number }) => OperatorProblem, number][] = [
  ['poisson-1d', (o) => poisson1d({ ...few, ...o }), 2e-3],
  ['poisson-1d on [0, 1]', (o) => poisson1d({ ...few, ...o, interval: [0, 1], sensors: 50 }), 2e-3],
  ['reaction-diffusion', (o) => reactionDiffusion({ ...few, ...o, points: 11 }), 5e-3],
  ['diffusion', (o) => diffusion({ ...few, ...o, points: 11 }), 5e-3],
  ['advection', (o) => advection({ ...few, ...o, points: 11 }), 5e-3],
  ['burgers', (o) => burgers({ ...few, ...o, points: 11 }), 5e-3],
  [
    'nonlinear-diffusion-2d',
    (o) => nonlinearDiffusion2d({ ...few, ...o, sensors: 31, points: 9, times: 21, cells: 60 }),
    5e-2,
  ],
]

/** A field given by tensor operations, with exact derivatives in its coordinates. */
function fieldOf(u: (c: Coords) => Tensor): Field {
  const derivative = (g: (c: Coords) => Tensor, axis: number) => (c: Coords) => {
    if (c.kind === 'points') {
      const n = c.x.shape[1]!
      const seed = add(mul(c.x, 0), tensor(Float32Array.from({ length: n }, (_, a) => (a === axis ? 1 : 0))))
      return jvp((x: Tensor) => g({ kind: 'points', x }), [c.x], [seed])[1]
    }
    const at = c.axes[axis]!
    return jvp(
      (x: Tensor) => g({ kind: 'grid', axes: c.axes.map((v, a) => (a === axis ? x : v)) }),
      [at],
      [onesLike(at)],
    )[1]
  }
  return {
    at: u,
    d: (c, axis, order = 1) => (order === 1 ? derivative(u, axis) : derivative(derivative(u, axis), axis))(c),
  }
}

const hostCoords = async (c: Coords): Promise<HostCoords> =>
  c.kind === 'points'
    ? { kind: 'points', x: Float64Array.from(await c.x.data()), axes: c.x.shape[1]! }
    : { kind: 'grid', axes: await Promise.all(c.axes.map(async (a) => Float64Array.from(await a.data()))) }

/**
 * A residual of a field that lives on the host. The residual is run twice: once to hear what it asks for, once with the
 * answers. Derivatives are central differences with step `e`.
 */
async function hostResidual(
  residual: (u: Field) => Tensor,
  u: (at: HostCoords) => Float64Array,
  e: number,
): Promise<Float64Array> {
  const asked: { c: Coords; axis: number; order: 0 | 1 | 2 }[] = []
  const shapeOf = (c: Coords) => (c.kind === 'points' ? [1, c.x.shape[0]!] : [1, ...c.axes.map((a) => a.size)])
  const hear = (c: Coords, axis: number, order: 0 | 1 | 2): Tensor => {
    asked.push({ c, axis, order })
    return zeros(shapeOf(c))
  }
  residual({ at: (c) => hear(c, 0, 0), d: (c, axis, order = 1) => hear(c, axis, order) })
  const answers = await Promise.all(
    asked.map(async ({ c, axis, order }) => {
      const { x, axes } = pointsOf(await hostCoords(c))
      const moved = (by: number) => u({ kind: 'points', axes, x: x.map((v, i) => (i % axes === axis ? v + by : v)) })
      if (order === 0) return moved(0)
      const [up, down] = [moved(e), moved(-e)]
      if (order === 1) return up.map((v, i) => (v - down[i]!) / (2 * e))
      const middle = moved(0)
      return up.map((v, i) => (v - 2 * middle[i]! + down[i]!) / (e * e))
    }),
  )
  let next = 0
  const answer = (): Tensor => {
    const { c } = asked[next]!
    return tensor(Float32Array.from(answers[next++]!), { shape: shapeOf(c) })
  }
  return Float64Array.from(await residual({ at: answer, d: answer }).data())
}

const rms = (v: Float64Array): number => Math.sqrt(v.reduce((s, x) => s + x * x, 0) / v.length)

describe.each(rows)('%s', (name, make, tolerance) => {
  const problem = make()
  const { physics, generator } = problem as OperatorProblem & {
    physics: Physics
    generator: NonNullable<OperatorProblem['generator']>
  }

  it('says what it is: axes, sensors, sizes, where its solutions are', () => {
    expect(name).toContain(problem.name)
    expect(problem.domain.length).toBe(problem.axes.length)
    expect(physics.order.length).toBe(problem.axes.length)
    expect(problem.sensors.x.length).toBe(problem.sensors.count * problem.sensors.axes)
    expect(problem.sizes).toEqual(few)
    const { x, axes } = pointsOf(problem.at)
    x.forEach((v, i) => {
      const [low, high] = problem.domain[i % axes]!
      expect(v >= low && v <= high).toBe(true)
    })
  })

  it('gives data of the stated shape, the same every time, other ones for another key, no function twice', async () => {
    const [one, two, other] = [make(), make(), make({ key: 1 })]
    const rowsSeen = new Set<string>()
    for (const split of ['train', 'validation', 'test'] as const) {
      const [a, b, c] = await Promise.all([one.data(split), two.data(split), other.data(split)])
      expect(a.count).toBe(few[split])
      expect(a.sensors.length).toBe(few[split] * problem.sensors.count)
      expect(a.values.length).toBe(few[split] * countOf(problem.at))
      expect(a).toEqual(b)
      expect(a.values).not.toEqual(c.values)
      expect(await one.data(split)).toBe(a)
      const m = problem.sensors.count
      for (const d of [a, c]) for (let i = 0; i < d.count; i++) rowsSeen.add(d.sensors.slice(i * m, (i + 1) * m).join())
    }
    expect(rowsSeen.size).toBe(14)
    expect(one.generator!.signature).toBe(two.generator!.signature)
    expect(one.generator!.signature).not.toBe(other.generator!.signature)
  })

  const draw = async (): Promise<{ f: SourceFunction; sensors: Tensor }> => {
    const [f] = await generator.sample(key(5), 1)
    return { f: f!, sensors: tensor(Float32Array.from(f!(problem.sensors.x)), { shape: [1, problem.sensors.count] }) }
  }
  /** Away from the borders, so that differences stay inside. */
  const inside = region(problem.domain.map(([a, b]) => [a + 0.15 * (b - a), b - 0.15 * (b - a)] as const))

  it.each(['points', 'grid'] as const)('its reference solution satisfies its equation, on %s', async (kind) => {
    const { f, sensors } = await draw()
    const c = kind === 'points' ? inside.points(key(1), 40) : inside.grid(problem.axes.map(() => 5))
    const residual = (u: Field): Tensor => physics.residual(u, sensors, c)
    const right = await hostResidual(residual, (at) => generator.solve(f, at), 0.01)
    // What a wrong field leaves: the solution, bent by a third.
    const bent = (at: HostCoords): Float64Array => {
      const { x, axes } = pointsOf(at)
      return generator
        .solve(f, at)
        .map((v, p) => v * (1 + Math.cos(3 * x[p * axes]! + 2 * x[p * axes + axes - 1]!) / 3))
    }
    const wrong = await hostResidual(residual, bent, 0.01)
    // At the kink of the advection equation no derivative exists: the median does not see it.
    const size = (v: Float64Array): number =>
      name === 'advection' ? v.map(Math.abs).sort()[Math.floor(v.length / 2)]! : rms(v)
    expect(size(right) / size(wrong)).toBeLessThan(tolerance)
  })

  it('its reference solution satisfies its conditions', async () => {
    const { f, sensors } = await draw()
    for (const condition of physics.conditions) {
      const c = condition.region.points(key(2), 20)
      const wrap = (at: HostCoords): HostCoords => {
        if (name !== 'burgers' || at.kind === 'grid') return at
        return { ...at, x: at.x.map((v, i) => (i % 2 === 0 ? v - Math.floor(v) : v)) }
      }
      const values = await hostResidual(
        (u) => condition.residual(u, sensors, c),
        (at) => generator.solve(f, wrap(at)),
        1e-3,
      )
      // The 2D initial values are cut to zero on the border.
      const allowed = name.startsWith('nonlinear') ? 0.02 : 2e-5
      expect(rms(values), condition.name).toBeLessThan(allowed)
    }
  })

  it('its hard conditions hold whatever the network says, on points and on grids', async () => {
    const { sensors } = await draw()
    const hard = physics.hard!
    const raw = (c: Coords): Tensor =>
      reshapeLike(
        c,
        problem.axes.map((_, a) => cos(mul(axisCoordinate(c, a), 2 + a))).reduce((x, y) => add(x, y)),
      )
    const u = fieldOf((c) => hard.apply(raw(c), sensors, c))
    expect(hard.satisfies.length).toBeGreaterThan(0)
    for (const condition of physics.conditions.filter((c) => hard.satisfies.includes(c.name))) {
      for (const c of [condition.region.points(key(2), 7), condition.region.grid(problem.axes.map(() => 3))]) {
        const r = await condition.residual(u, sensors, c).data()
        expect(maxError(r, new Float64Array(r.length)), condition.name).toBeLessThan(1e-5)
      }
    }
    // And the equation can be asked of such a field, also in a compiled step that draws its own points.
    const step = (k: Key) => physics.residual(u, sensors, physics.interior.points(k, 4))
    const compiled = await jit(step)(key(8)).data()
    expect(compiled.length).toBe(4)
    expect(maxError(compiled, await step(key(8)).data())).toBeLessThan(1e-2)
    const c = physics.interior.grid(problem.axes.map(() => 3))
    const r = physics.residual(u, sensors, c)
    expect(r.shape).toEqual([1, ...problem.axes.map(() => 3)])
    expect([...(await r.data())].every(Number.isFinite)).toBe(true)
  })
})

/** [1, P] or [1, n₀, n₁, …]. */
const reshapeLike = (c: Coords, v: Tensor): Tensor =>
  reshape(v, c.kind === 'points' ? [1, v.size] : [1, ...c.axes.map((a) => a.size)])

describe('asking for data', () => {
  it('tells how far it is, from 0 to all', async () => {
    const seen: number[] = []
    await poisson1d({ train: 5 }).data('train', { onProgress: (p) => seen.push(p.done / p.total) })
    expect(seen[0]).toBe(0)
    expect(seen.at(-1)).toBe(1)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  })

  it('ends when told to, and can be asked again', async () => {
    const problem = reactionDiffusion({ train: 200, points: 5 })
    const stop = new AbortController()
    const asked = problem.data('train', {
      signal: stop.signal,
      onProgress: (p) => p.done > 0 && stop.abort(new Error('enough')),
    })
    await expect(asked).rejects.toThrow('enough')
    await expect(reactionDiffusion({ train: 2, points: 5 }).data('train', { signal: stop.signal })).rejects.toThrow(
      'enough',
    )
    await expect(reactionDiffusion({ train: 2, points: 5 }).data('train')).resolves.toHaveProperty('count', 2)
  })

  it('refuses what cannot be', () => {
    expect(codeOf(() => poisson1d({ sensors: 2 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => poisson1d({ train: 0 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => reactionDiffusion({ diffusivity: -1 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => burgers({ steps: 120 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => poissonPinn({ frequency: 1.5 }))).toBe('INVALID_OPTION')
  })
})

describe('the values of the defaults', () => {
  it('poisson-1d: the exact solution for a polynomial source', () => {
    const problem = poisson1d()
    expect([problem.sensors.count, problem.sizes.train, problem.sizes.test]).toEqual([51, 800, 2000])
    const u = problem.generator!.solve((x) => x.map((v) => 12 * v * v), problem.at)
    expect(
      maxError(
        u,
        pointsOf(problem.at).x.map((x) => 1 - x ** 4),
      ),
    ).toBeLessThan(2e-4)
  })

  it('burgers and advection: the source functions are what they are said to be', async () => {
    const x = Float64Array.from({ length: 101 }, (_, i) => i / 100)
    for (const a of await advection().generator!.sample(key(0), 5)) expect(Math.min(...a(x))).toBeGreaterThan(1 - 1e-9)
    for (const u of await burgers().generator!.sample(key(0), 5)) {
      const v = u(x)
      expect(v[100]).toBeCloseTo(v[0]!, 10)
      expect(v.slice(1).reduce((s, w) => s + w, 0) / 100).toBeCloseTo(0, 8)
    }
  })
})

describe('values between sensors', () => {
  const line = { low: -1, high: 2, count: 61 }
  const nodes = Array.from({ length: 61 }, (_, i) => -1 + i * 0.05)
  const f = tensor([nodes.map((x) => Math.sin(2 * x)), nodes.map((x) => x ** 3)])
  const x = [-1, -0.987, 0.013, 0.5, 1.99, 2]

  it('follow smooth functions, at points and on each axis of a grid, with their slopes', async () => {
    const points: Coords = { kind: 'points', x: tensor(x.map((v) => [7, v])) }
    const exact = [...x.map((v) => Math.sin(2 * v)), ...x.map((v) => v ** 3)]
    const slope = [...x.map((v) => 2 * Math.cos(2 * v)), ...x.map((v) => 3 * v * v)]
    const at = interpolate1d(f, line, points, 1)
    expect(at.shape).toEqual([2, 6])
    expect(maxError(await at.data(), exact)).toBeLessThan(1e-5)
    const field = fieldOf((c) => interpolate1d(f, line, c, 1))
    expect(maxError(await field.d(points, 1).data(), slope)).toBeLessThan(2e-3)
    const grid: Coords = { kind: 'grid', axes: [tensor([0, 1]), tensor(x), tensor([4])] }
    const onGrid = interpolate1d(f, line, grid, 1)
    expect(onGrid.shape).toEqual([2, 1, 6, 1])
    expect(maxError(await onGrid.data(), exact)).toBeLessThan(1e-5)
  })

  it('in two variables', async () => {
    const g = (a: number, b: number) => Math.sin(a) * Math.exp(b / 2)
    const values = tensor([nodes.flatMap((a) => nodes.map((b) => g(a, b)))])
    const pairs = x.flatMap((a) => x.map((b) => [a, b, 0]))
    const exact = pairs.map(([a, b]) => g(a!, b!))
    const points = interpolate2d(values, line, { kind: 'points', x: tensor(pairs) })
    expect(points.shape).toEqual([1, 36])
    expect(maxError(await points.data(), exact)).toBeLessThan(1e-5)
    const grid = interpolate2d(values, line, { kind: 'grid', axes: [tensor(x), tensor(x), tensor([0, 1])] })
    expect(grid.shape).toEqual([1, 6, 6, 1])
    expect(maxError(await grid.data(), exact)).toBeLessThan(1e-5)
  })
})

describe('regions', () => {
  const part = region(
    [
      [-1, 1],
      [0, 3],
    ],
    [null, 2],
  )
  it('draws points that fill what is free and hold what is held', async () => {
    const c = part.points(key(0), 500) as Coords & { kind: 'points' }
    const x = await c.x.data()
    const free = x.filter((_, i) => i % 2 === 0)
    expect(Math.min(...free)).toBeLessThan(-0.95)
    expect(Math.max(...free)).toBeGreaterThan(0.95)
    expect(new Set(x.filter((_, i) => i % 2 === 1))).toEqual(new Set([2]))
    expect(Number(await sum(c.x).item())).toBeCloseTo(1000, -2)
  })

  it('makes grids, of cell centres or drawn', async () => {
    const fixed = part.grid([4, 9]) as Coords & { kind: 'grid' }
    expect([...(await fixed.axes[0]!.data())]).toEqual([-0.75, -0.25, 0.25, 0.75])
    expect([...(await fixed.axes[1]!.data())]).toEqual([2])
    const drawn = part.grid([4, 9], key(3)) as Coords & { kind: 'grid' }
    expect(drawn.axes.map((a) => a.size)).toEqual([4, 1])
  })
})

// All but the kind: a problem of points that also has an equation.
describeProblem(() => ({ ...poissonPinn(), kind: 'regression' }))

describe('poisson-pinn', () => {
  it('its exact solution satisfies its equation and its conditions', async () => {
    const { physics } = poissonPinn({ frequency: 2 })
    const u = (at: HostCoords) => pointsOf(at).x.map((x) => Math.sin(2 * Math.PI * x))
    const c = physics.interior.points(key(0), 30)
    const inner = await hostResidual((field) => physics.residual(field, null, c), u, 1e-3)
    expect(rms(inner) / (2 * Math.PI) ** 2).toBeLessThan(1e-4)
    for (const condition of physics.conditions) {
      const r = await hostResidual(
        (field) => condition.residual(field, null, condition.region.points(key(0), 3)),
        u,
        1e-3,
      )
      expect(rms(r)).toBeLessThan(1e-6)
    }
  })
})
