import type { PinnProblem, RegressionProblem } from '@spikeward/core'
import { describe } from 'vitest'
import { ensure, registerChecks, type Check } from '../../check.js'
import { convergenceCheck, type ConvergenceOptions } from './convergence.js'
import { hostPoints } from './hostResidual.js'
import { physicsChecks, type PhysicsTolerances } from './physics.js'
import { problemChecks } from './describeProblem.js'

/** Options of `describePinnProblem`. */
export interface PinnProblemOptions extends PhysicsTolerances {
  /** Shown in the report; default the problem's own name. */
  readonly name?: string
  /**
   * The solution of the problem, or its solver, against a solution in closed form. Default: its convergence is not
   * tested.
   */
  readonly solver?: ConvergenceOptions
  /** True values of the equation's unknown coefficients. */
  readonly coefficients?: Readonly<Record<string, number>>
}

type Make = () => PinnProblem

/** The exact solution as a field. */
const exact = (problem: PinnProblem, coefficients: Readonly<Record<string, number>> | undefined) => ({
  physics: problem.physics,
  f: null,
  u: (at: Parameters<typeof hostPoints>[0]): Float64Array => {
    const { x, axes } = hostPoints(at)
    const points = Array.from({ length: x.length / axes }, (_, p) => [...x.subarray(p * axes, (p + 1) * axes)])
    return Float64Array.from(points.flatMap((at) => problem.target!(at)))
  },
  outputs: problem.outputs,
  domain: problem.domain,
  coefficients,
})

/** The problem as a regression; if no solution is known, the values are zero. */
function asRegression(problem: PinnProblem): RegressionProblem {
  if (problem.target !== undefined) return { ...problem, kind: 'regression' }
  return {
    ...problem,
    kind: 'regression',
    points(split) {
      const set = problem.points(split)
      ensure(set.y.length === 0, 'the points have values, but the problem has no solution')
      return { ...set, y: new Float64Array(set.count * problem.outputs) }
    },
  }
}

/** The checks of one equation without an input function, as data: `describePinnProblem` registers them. */
export function pinnProblemChecks(options: PinnProblemOptions = {}): Check<Make>[] {
  const points = problemChecks().map(
    ({ name, remakes, run }): Check<Make> => ({
      group: 'points',
      name,
      ...(remakes ? { remakes } : {}),
      run: (make) => run(() => asRegression(make())),
    }),
  )
  return [
    {
      group: 'points',
      name: 'has a name for each axis',
      run(make) {
        const { axes, inputs } = make()
        ensure(axes.length === inputs, `the axes ${axes.join(', ')} for ${inputs} inputs`)
      },
    },
    {
      group: 'points',
      name: 'a shape holds the points, and its boundary is in the domain',
      run(make) {
        const { shape, domain, points: pointsOf } = make()
        if (shape === undefined) return
        ensure(domain.length === 2, `a shape in the plane, and ${domain.length} axes`)
        const { x, count } = pointsOf('test')
        for (let p = 0; p < count; p++) {
          const at = [x[2 * p]!, x[2 * p + 1]!] as const
          ensure(shape.inside(at), `the test point ${at.join(', ')} is outside of the shape`)
        }
        for (const at of shape.boundary.flat())
          ensure(
            at.every((v, axis) => v >= domain[axis]![0] - 1e-9 && v <= domain[axis]![1] + 1e-9),
            `the boundary point ${at.join(', ')} is outside of the domain`,
          )
      },
    },
    {
      group: 'points',
      name: '`inside` holds the points, and none beyond the intervals of the axes',
      run(make) {
        const { inside, inputs, domain, points: pointsOf } = make()
        if (inside === undefined) return
        const { x, count } = pointsOf('test')
        for (let p = 0; p < count; p++) {
          const at = [...x.subarray(p * inputs, (p + 1) * inputs)]
          ensure(inside(at), `the test point ${at.join(', ')} is not inside`)
          domain.forEach(([low, high], axis) => {
            const beyond = at.with(axis, 2 * high - low)
            ensure(!inside(beyond), `the point ${beyond.join(', ')} beyond the intervals of the axes is inside`)
          })
        }
      },
    },
    ...points,
    ...physicsChecks(
      {
        physicsOf: (make: Make) => make().physics,
        caseOf: (make: Make) => exact(make(), options.coefficients),
        solved: (make: Make) => make().target !== undefined,
      },
      options,
    ),
    convergenceCheck(options.solver),
  ]
}

/**
 * Tests one equation without an input function against its contract: the points of a regression problem, an exact
 * solution (if one is known) that satisfies equation and conditions, hard conditions that hold for any network, and a
 * solver that converges at its order.
 *
 * @param factory makes the problem
 * @example
 * describePinnProblem(() => poissonPinn({ frequency: 2 }))
 */
export function describePinnProblem(factory: Make, options: PinnProblemOptions = {}): void {
  // A reference solution may take a second, so the problem is made only once, and once more to compare the two.
  let problem: PinnProblem | null = null
  const once: Make = () => (problem ??= factory())
  const checks = pinnProblemChecks(options).map((check) => ({
    ...check,
    run: () => check.run(check.remakes ? firstThen(once, factory) : once),
  }))
  describe(`problem ${options.name ?? once().name}`, () => {
    registerChecks(checks, factory)
  })
}

/** Calls `first` the first time, and `then` from the second time on. */
function firstThen<T>(first: () => T, then: () => T): () => T {
  let called = 0
  return () => (called++ === 0 ? first() : then())
}
