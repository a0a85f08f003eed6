import {
  add,
  coordsPoints,
  coordsShape,
  cos,
  jit,
  jet,
  key,
  mul,
  onesLike,
  reshape,
  stack,
  sum,
  tensor,
} from '@spikeward/core'
import type { Coefficients, Coords, Field, HostCoords, Key, Physics, Region, Tensor } from '@spikeward/core'
import { ensure, type Check } from '../../check.js'
import { type HostField, hostPoints, hostResidual } from './hostResidual.js'

/** How well a reference solution must satisfy its equation. */
export interface PhysicsTolerances {
  /**
   * Largest residual of the reference solution, relative to the residual of a solution that is distorted by a third.
   * Default 5e-3.
   */
  readonly residual?: number
  /** Largest residual of a condition, in units of the solution. Default 2e-5. */
  readonly conditions?: number
  /** Step of the central differences inside the domain, in units of the axes. Default 0.01. */
  readonly step?: number
  /**
   * How residuals at many points become one number: root mean square, or the median of the magnitudes if the solution
   * has kinks, at which no derivative exists. Default `rms`.
   */
  readonly size?: 'rms' | 'median'
  /**
   * Axes along which the solution repeats after the length of the domain: conditions may read it outside the domain.
   * Default none.
   */
  readonly periodic?: readonly number[]
}

/** An equation with one input function and its reference solution. */
export interface PhysicsCase<F> {
  readonly physics: Physics<F>
  /** Values of the input function at the sensors [1, m], or null. */
  readonly f: F
  /** The reference, or exact, solution for it. */
  readonly u: HostField
  readonly domain: readonly (readonly [number, number])[]
  /** Components of the field. */
  readonly outputs: number
  /** True values of the equation's unknown coefficients; default none. */
  readonly coefficients?: Readonly<Record<string, number>> | undefined
}

const UNSOLVED = 'it has no known solution'

const sizes = {
  rms: (v: Float64Array): number => Math.sqrt(v.reduce((s, x) => s + x * x, 0) / v.length),
  median: (v: Float64Array): number => v.map(Math.abs).sort()[Math.floor(v.length / 2)]!,
}

/** Moves coordinates towards the middle of the domain, so that differences stay inside it. */
function inwards(c: Coords, domain: PhysicsCase<unknown>['domain']): Coords {
  const scale = 0.7
  const shift = domain.map(([a, b]) => ((1 - scale) * (a + b)) / 2)
  if (c.kind === 'grid') return { kind: 'grid', axes: c.axes.map((x, a) => add(mul(x, scale), shift[a]!)) }
  return { kind: 'points', x: add(mul(c.x, scale), tensor(Float32Array.from(shift))) }
}

/** A field made of tensor operations, with exact derivatives in its coordinates. */
function fieldOf(u: (c: Coords) => Tensor): Field {
  const repeated = (g: (c: Coords) => Tensor, axis: number, order: number) => {
    if (order === 0) return g
    return (c: Coords): Tensor => {
      if (c.kind === 'points') {
        const unit = Float32Array.from({ length: c.x.shape[1]! }, (_, a) => (a === axis ? 1 : 0))
        return jet((x: Tensor) => g({ kind: 'points', x }), [c.x], [add(mul(c.x, 0), tensor(unit))], order)[order]!
      }
      const at = c.axes[axis]!
      const along = (x: Tensor): Tensor => g({ kind: 'grid', axes: c.axes.map((v, a) => (a === axis ? x : v)) })
      return jet(along, [at], [onesLike(at)], order)[order]!
    }
  }
  return {
    at: u,
    d: (c, axis, order = 1) => repeated(u, axis, order)(c),
    mixed: (c, orders) => orders.reduce((g, order, axis) => repeated(g, axis, order), u)(c),
  }
}

/**
 * A smooth function, as a network's output, that satisfies no condition: component k is Σₐ cos((2 + a + k) xₐ), [1, …].
 */
function anyOutput(c: Coords, outputs: number): Tensor {
  const points = coordsPoints(c)
  const component = (k: number): Tensor => {
    const rates = tensor(Float32Array.from({ length: points.shape[1]! }, (_, a) => 2 + a + k))
    return reshape(sum(cos(mul(points, rates)), 1), [1, ...coordsShape(c)])
  }
  return outputs === 1
    ? component(0)
    : stack(
        Array.from({ length: outputs }, (_, k) => component(k)),
        1 + coordsShape(c).length,
      )
}

/** Coefficients on the device. */
const onDevice = (coefficients: Readonly<Record<string, number>> = {}): Coefficients =>
  Object.fromEntries(Object.entries(coefficients).map(([name, value]) => [name, tensor(value)]))

/** Whether points of every region of the equation form grids. */
const hasGrids = ({
  interior,
  conditions,
}: Pick<Physics<never>, 'interior'> & { readonly conditions: readonly { readonly region: Region }[] }): boolean =>
  [interior, ...conditions.map((c) => c.region)].every((r) => r.grid !== undefined)

/** How the checks of an equation access it in the tested object. */
export interface PhysicsAccess<T, F> {
  readonly physicsOf: (tested: T) => Physics<F> | null
  readonly caseOf: (tested: T) => Promise<PhysicsCase<F>> | PhysicsCase<F>
  /** Whether a solution is known; default true. */
  readonly solved?: (tested: T) => boolean
}

/** Checks of an equation: its residual, its conditions, its hard conditions. */
export function physicsChecks<T, F>(
  { physicsOf, caseOf, solved = () => true }: PhysicsAccess<T, F>,
  tolerances: PhysicsTolerances,
): Check<T>[] {
  const { residual = 5e-3, conditions = 2e-5, step = 0.01, size = 'rms', periodic = [] } = tolerances
  const group = 'equation'
  const check = (name: string, run: (physicsCase: PhysicsCase<F>) => Promise<void> | void): Check<T> => ({
    group,
    name,
    skip: (tested) => (physicsOf(tested) === null ? 'it has no equation' : null),
    run: async (tested) => run(await caseOf(tested)),
  })
  const reference = (
    { physics, f, domain, outputs, coefficients }: PhysicsCase<F>,
    u: HostField,
    kind: 'points' | 'grid',
  ): Promise<Float64Array> => {
    const coords = kind === 'points' ? physics.interior.points(key(1), 40) : physics.interior.grid!(domain.map(() => 5))
    const c = inwards(coords, domain)
    return hostResidual((field) => physics.residual(field, f, c, onDevice(coefficients)), u, step, outputs)
  }
  /** Repeats a solution along its periodic axes. */
  const repeated =
    (u: HostField, domain: PhysicsCase<F>['domain']): HostField =>
    (at) => {
      if (at.kind === 'grid' || periodic.length === 0) return u(at)
      const x = at.x.map((v, i) => {
        const axis = i % at.axes
        const [low, high] = domain[axis]!
        return periodic.includes(axis) && (v < low || v > high)
          ? v - (high - low) * Math.floor((v - low) / (high - low))
          : v
      })
      return u({ ...at, x })
    }

  return [
    check('has an order for each axis, and conditions with distinct names', ({ physics, domain }) => {
      ensure(physics.order.length === domain.length, `${physics.order.length} orders for ${domain.length} axes`)
      const names = physics.conditions.map((c) => c.name)
      ensure(new Set(names).size === names.length, `two conditions share a name: ${names.join('; ')}`)
      const strangers = (physics.hard?.satisfies ?? []).filter((name) => !names.includes(name))
      ensure(strangers.length === 0, `hard conditions name unknown conditions: ${strangers.join('; ')}`)
    }),
    ...(['points', 'grid'] as const).map((kind) => ({
      ...check(`the reference solution satisfies the equation, on ${kind}`, async (physicsCase) => {
        const { u, outputs } = physicsCase
        const bent = (at: HostCoords): Float64Array => {
          const { x, axes } = hostPoints(at)
          return u(at).map((v, i) => {
            const p = Math.floor(i / outputs)
            return v * (1 + Math.cos(3 * x[p * axes]! + 2 * x[p * axes + axes - 1]!) / 3)
          })
        }
        const left = sizes[size](await reference(physicsCase, u, kind))
        const wrong = sizes[size](await reference(physicsCase, bent, kind))
        ensure(
          left <= residual * wrong,
          `the reference leaves a residual of ${left.toExponential(2)}, a solution distorted by a third one of ` +
            `${wrong.toExponential(2)}; at most ${residual} of that is allowed: equation and solver disagree`,
        )
      }),
      skip: (tested: T) => {
        const physics = physicsOf(tested)
        if (physics === null) return 'it has no equation'
        if (!solved(tested)) return UNSOLVED
        return kind === 'grid' && !hasGrids(physics) ? 'its domain is not a box' : null
      },
    })),
    {
      ...check(
        'the reference solution satisfies the conditions',
        async ({ physics, f, u, domain, outputs, coefficients }) => {
          for (const condition of physics.conditions) {
            const c = condition.region.points(key(2), 20)
            const left = sizes.rms(
              await hostResidual(
                (field) => condition.residual(field, f, c, onDevice(coefficients)),
                repeated(u, domain),
                Math.min(step, 1e-3),
                outputs,
              ),
            )
            ensure(
              left <= conditions,
              `"${condition.name}": the reference leaves ${left.toExponential(2)}, more than ${conditions}`,
            )
          }
        },
      ),
      skip: (tested: T) => (physicsOf(tested) === null ? 'it has no equation' : solved(tested) ? null : UNSOLVED),
    },
    {
      ...check(
        'hard conditions hold for any output of the network, on points and on grids',
        async ({ physics, f, domain, outputs, coefficients }) => {
          const { satisfies, apply } = physics.hard!
          ensure(satisfies.length > 0, 'the hard conditions satisfy no condition')
          const u = fieldOf((c) => apply(anyOutput(c, outputs), f, c))
          for (const condition of physics.conditions.filter(({ name }) => satisfies.includes(name)))
            for (const c of [
              condition.region.points(key(2), 7),
              ...(condition.region.grid === undefined ? [] : [condition.region.grid(domain.map(() => 3))]),
            ]) {
              const left = Float64Array.from(await condition.residual(u, f, c, onDevice(coefficients)).data())
              const worst = left.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
              ensure(worst < 1e-5, `"${condition.name}" is off by ${worst.toExponential(2)} at ${c.kind}`)
            }
        },
      ),
      skip: (tested) => (physicsOf(tested)?.hard ? null : 'it has no hard conditions'),
    },
    check(
      'the residual compiles, draws its own points, and has the shape of the field',
      async ({ physics, f, domain, outputs, coefficients }) => {
        const u = fieldOf((c) => {
          const raw = anyOutput(c, outputs)
          return physics.hard ? physics.hard.apply(raw, f, c) : raw
        })
        const residualAt = (k: Key): Tensor =>
          physics.residual(u, f, physics.interior.points(k, 4), onDevice(coefficients))
        const plain = residualAt(key(8))
        const values = await plain.data()
        const compiled = await jit(residualAt)(key(8)).data()
        const equations = plain.shape[2] ?? 1
        ensure(
          plain.shape.slice(0, 2).join() === '1,4' && plain.ndim <= 3,
          `the residual at 4 points has shape [${plain.shape.join(', ')}]; it must be [1, 4] or [1, 4, equations]`,
        )
        for (const [i, v] of values.entries())
          ensure(
            Math.abs(compiled[i]! - v) <= 1e-3 * (1 + Math.abs(v)),
            `the compiled residual is ${compiled[i]!}, not ${v}`,
          )
        if (physics.interior.grid === undefined) return
        const grid = physics.residual(u, f, physics.interior.grid(domain.map(() => 3)), onDevice(coefficients))
        const expected = [1, ...domain.map(() => 3), ...(equations === 1 ? [] : [equations])].join(', ')
        ensure(
          grid.shape.join(', ') === expected,
          `the residual on a grid of [${expected}] has shape [${grid.shape.join(', ')}]`,
        )
        ensure([...(await grid.data())].every(Number.isFinite), 'the residual on a grid is not finite')
      },
    ),
  ]
}
