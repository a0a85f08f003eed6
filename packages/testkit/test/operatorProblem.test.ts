import { add, coordsPoints, coordsShape, key, mul, reshape, slice, sub, tensor, uniform } from '@spikeward/core'
import type {
  Coords,
  OperatorData,
  OperatorProblem,
  Physics,
  PinnProblem,
  PlaneShape,
  Region,
  Tensor,
} from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import {
  describeOperatorProblem,
  describePinnProblem,
  ensureConvergence,
  failuresOf,
  operatorProblemChecks,
  pinnProblemChecks,
} from '../src/index.js'
import type { MakeOperatorProblem } from '../src/index.js'

const SPLITS = ['train', 'validation', 'test'] as const

const region = (held: number | null): Region => ({
  held: [held],
  points: (k, n) => ({
    kind: 'points',
    x: held === null ? uniform(k, [n, 1]) : tensor(new Float32Array(n).fill(held), { shape: [n, 1] }),
  }),
  grid: ([n = 1]) => ({
    kind: 'grid',
    axes: [tensor(held === null ? Float32Array.from({ length: n }, (_, i) => (i + 0.5) / n) : [held])],
  }),
})

const x = (c: Coords): Tensor => reshape(coordsPoints(c), [1, ...coordsShape(c)])

/** u′ = f on [0, 1], u(0) = 0, f = a + b x, given by its ends: u = a x + b x²/2. */
const physics: Physics = {
  equation: "u' = f",
  order: [1],
  interior: region(null),
  residual(u, f, c) {
    const [start, end] = [0, 1].map((i) => slice(f, [0, i], [1, i + 1])) as [Tensor, Tensor]
    return sub(u.d(c, 0), add(start, mul(sub(end, start), x(c))))
  },
  conditions: [{ name: 'u(0) = 0', region: region(0), residual: (u, _, c) => u.at(c) }],
  hard: { satisfies: ['u(0) = 0'], apply: (raw, _, c) => mul(raw, x(c)) },
}

const line = (a: number, b: number) => (at: Float64Array) => at.map((v) => a + b * v)

type Part = Partial<OperatorProblem> & { readonly sample?: NonNullable<OperatorProblem['generator']>['sample'] }

/** The problem, with some of it replaced. */
function integral({ key: root = 0 }: { readonly key?: number } = {}, part: Part = {}): OperatorProblem {
  const sizes = { train: 3, validation: 2, test: 2 }
  const at = { kind: 'grid', axes: [Float64Array.of(0, 0.5, 1)] } as const
  const sensors = { x: Float64Array.of(0, 1), count: 2, axes: 1, grid: [2] }
  const sample =
    part.sample ??
    (async (k, n) => {
      const u = await uniform(k, [n, 2], { dtype: 'f64' }).data()
      return Array.from({ length: n }, (_, i) => line(u[2 * i]!, u[2 * i + 1]!))
    })
  const solve = (f: (at: Float64Array) => Float64Array, where: OperatorProblem['at']): Float64Array => {
    const [a = 0, end = 0] = f(sensors.x)
    const places = where.kind === 'points' ? where.x : where.axes[0]!
    return places.map((v) => a * v + ((end - a) * v * v) / 2)
  }
  const generator = { signature: `integral ${root}`, sample, solve }
  const problem: OperatorProblem = {
    kind: 'operator',
    name: 'integral',
    axes: ['x'],
    domain: [[0, 1]],
    outputs: 1,
    sensors,
    at,
    sizes,
    generator,
    physics,
    async data(split, { onProgress, signal } = {}): Promise<OperatorData> {
      signal?.throwIfAborted()
      const total = sizes[split]
      const { generator: g } = { ...problem, ...part }
      const functions = await g!.sample(key(root).split(3)[SPLITS.indexOf(split)]!, total)
      onProgress?.({ split, done: total, total })
      return {
        count: total,
        sensors: Float64Array.from(functions.flatMap((f) => [...f(sensors.x)])),
        values: Float64Array.from(functions.flatMap((f) => [...g!.solve(f, at)])),
      }
    },
    ...part,
  }
  return problem
}

const solver = { sizes: [10, 20, 40], order: 2, error: (n: number) => 3 / n ** 2 }
describeOperatorProblem((o) => integral(o), { solver })

const failed = async (make: MakeOperatorProblem, options = {}): Promise<string[]> =>
  [...(await failuresOf(operatorProblemChecks(options), make)).keys()].map((name) =>
    name.split(': ').slice(1).join(': '),
  )

const base = integral()
const generator = base.generator!

describe('an operator problem that breaks its contract', () => {
  const broken: [string, MakeOperatorProblem, RegExp][] = [
    [
      'a domain of two axes for one',
      (o) =>
        integral(o, {
          domain: [
            [0, 1],
            [0, 1],
          ],
          physics: null,
        }),
      /describes itself/,
    ],
    ['a solution outside the domain', (o) => integral(o, { domain: [[0, 0.5]] }), /describes itself/],
    [
      'other data each time',
      (o) => integral(o, { sample: async (_, n) => Array.from({ length: n }, () => line(Math.random(), 1)) }),
      /key alone/,
    ],
    ['the same data for every key', () => integral(), /key alone/],
    [
      'one function for all splits',
      (o) => integral(o, { sample: async (_, n) => Array.from({ length: n }, (_, i) => line(o?.key ?? 0, i)) }),
      /no function is in two splits/,
    ],
    [
      'functions that depend on how many are drawn',
      (o) => integral(o, { sample: async (k, n) => base.generator!.sample(k.fold(n), n) }),
      /first functions/,
    ],
    [
      'a solver that depends on the other points',
      (o) =>
        integral(o, {
          generator: {
            ...integral(o).generator!,
            solve: (f, at) => generator.solve(f, at).map((v, _, all) => v + all.length / 1e3),
          },
        }),
      /does not depend on the other requested points/,
    ],
    [
      'values that are not finite',
      (o) =>
        integral(o, {
          generator: { ...integral(o).generator!, solve: (f, at) => generator.solve(f, at).map(() => NaN) },
        }),
      /finite/,
    ],
    [
      'progress that no listener receives',
      (o) => ({ ...integral(o), data: (split) => integral(o).data(split) }),
      /reports progress/,
    ],
    [
      'an equation of the other sign',
      (o) => integral(o, { physics: { ...physics, residual: (u, f, c) => physics.residual(u, mul(f, -1), c) } }),
      /satisfies the equation/,
    ],
    [
      'a condition that the solution violates',
      (o) => integral(o, { physics: { ...physics, conditions: [{ ...physics.conditions[0]!, region: region(1) }] } }),
      /satisfies the conditions/,
    ],
    [
      'hard conditions that do not hold',
      (o) => integral(o, { physics: { ...physics, hard: { satisfies: ['u(0) = 0'], apply: (raw) => raw } } }),
      /hard conditions hold/,
    ],
    [
      'hard conditions for a stranger',
      (o) => integral(o, { physics: { ...physics, hard: { ...physics.hard!, satisfies: ['u(2) = 0'] } } }),
      /conditions with distinct names/,
    ],
    [
      'a residual of another shape',
      (o) => integral(o, { physics: { ...physics, residual: (u, f, c) => reshape(physics.residual(u, f, c), [-1]) } }),
      /shape of the field/,
    ],
  ]
  it.each(broken)('%s', async (_, make, expected) => {
    expect((await failed(make)).join('\n')).toMatch(expected)
  })

  it('no equation without a reason, and a reason beside an equation', async () => {
    const without: MakeOperatorProblem = (o) => integral(o, { physics: null })
    expect(await failed(without)).toEqual(['is stated'])
    expect(await failed(without, { noEquation: 'u jumps' })).toEqual([])
    expect(await failed((o) => integral(o), { noEquation: 'u jumps' })).toEqual(['is not stated: u jumps'])
    // A file states none, and needs no reason.
    expect(await failed((o) => integral(o, { physics: null, generator: null }))).not.toContain('is stated')
  })

  it('a solver of a lower order than it states', async () => {
    const worse = { ...solver, error: (n: number) => 3 / n }
    expect(await failed((o) => integral(o), { solver: worse })).toEqual([
      'converges at its order to a solution in closed form',
    ])
    expect(() => ensureConvergence({ ...solver, order: 'geometric' })).toThrow('faster than any power')
    expect(() => ensureConvergence({ ...solver, order: 'geometric', error: (n) => 0.7 ** n })).not.toThrow()
    expect(() => ensureConvergence({ ...solver, sizes: [10, 20] })).toThrow('need three')
  })
})

/** u′ = 1 on [0, 1], u(0) = 0: u = x. */
function pinn(part: Partial<PinnProblem> = {}): PinnProblem {
  const set = (places: number[]) => ({
    x: Float64Array.from(places),
    y: Float64Array.from(places),
    count: places.length,
    grid: null,
  })
  const points = { train: set([0, 1]), validation: set([0.3]), test: set([0.25, 0.5]) }
  return {
    kind: 'pinn',
    name: 'unit-slope',
    axes: ['x'],
    inputs: 1,
    outputs: 1,
    domain: [[0, 1]],
    points: (split) => points[split],
    target: ([v = 0]) => [v],
    physics: {
      ...physics,
      residual: (u, _, c) => sub(u.d(c, 0), 1),
      conditions: [{ name: 'u(0) = 0', region: region(0), residual: (u, _, c) => u.at(c) }],
      hard: { satisfies: ['u(0) = 0'], apply: (raw, _, c) => mul(raw, x(c)) },
    },
    ...part,
  }
}
describePinnProblem(() => pinn())

describe('an equation without an input function that breaks its contract', () => {
  const namesOf = async (make: () => PinnProblem): Promise<string> =>
    [...(await failuresOf(pinnProblemChecks(), make)).keys()].join('\n')
  it('points that are not on the exact solution, or an equation that it does not solve', async () => {
    expect(await namesOf(() => pinn({ target: ([v = 0]) => [2 * v] }))).toMatch(
      /exact target(.|\n)*satisfies the equation/,
    )
    expect(await namesOf(() => pinn({ axes: ['x', 't'] }))).toMatch(/has a name for each axis/)
  })

  it('a shape without the points, a boundary outside of the domain, or a shape on a line', async () => {
    const square = [
      [0, 1],
      [0, 1],
    ] as const
    const points = { x: Float64Array.of(0.2, 0.4), y: Float64Array.of(0.2), count: 1, grid: null }
    const within = { inside: () => true, boundary: [[[0.5, 0.5] as const]] }
    const inPlane = (shape: PlaneShape): PinnProblem =>
      pinn({ axes: ['x', 'y'], inputs: 2, domain: square, points: () => points, shape })
    const message = /a shape holds the points/
    expect(await namesOf(() => inPlane(within))).not.toMatch(message)
    expect(await namesOf(() => inPlane({ ...within, inside: ([v]) => v > 0.3 }))).toMatch(message)
    expect(await namesOf(() => inPlane({ ...within, boundary: [[[0.5, 1.1]]] }))).toMatch(message)
    expect(await namesOf(() => pinn({ shape: within }))).toMatch(message)
  })

  it('a test of what is inside that leaves points out, or takes others', async () => {
    const message = /`inside` holds the points/
    expect(await namesOf(() => pinn())).not.toMatch(message)
    expect(await namesOf(() => pinn({ inside: ([v = 0]) => Math.abs(v) <= 1 }))).not.toMatch(message)
    expect(await namesOf(() => pinn({ inside: () => true }))).toMatch(message)
    expect(await namesOf(() => pinn({ inside: () => false }))).toMatch(message)
  })
})
