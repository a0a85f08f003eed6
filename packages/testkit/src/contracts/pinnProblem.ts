import type { PinnProblem } from '@spikeward/core'
import { describe } from 'vitest'
import { ensure, registerChecks, type Check } from '../check.js'
import { hostPoints } from './hostField.js'
import { physicsChecks, type PhysicsTolerances } from './physics.js'
import { problemChecks } from './problem.js'

/** Options of `describePinnProblem`. */
export interface PinnProblemOptions extends PhysicsTolerances {
  /** Shown in the report; default the problem's own name. */
  readonly name?: string
}

type Make = () => PinnProblem

/** The exact solution as a field. */
const exact = (problem: PinnProblem) => ({
  physics: problem.physics,
  f: null,
  u: (at: Parameters<typeof hostPoints>[0]): Float64Array => {
    const { x, axes } = hostPoints(at)
    return Float64Array.from(
      Array.from({ length: x.length / axes }, (_, p) =>
        problem.target([...x.subarray(p * axes, (p + 1) * axes)]),
      ).flat(),
    )
  },
  outputs: problem.outputs,
  domain: problem.domain,
})

/** The checks of one equation without an input function, as data: `describePinnProblem` registers them. */
export function pinnProblemChecks(options: PinnProblemOptions = {}): Check<Make>[] {
  const points = problemChecks().map(
    ({ name, run }): Check<Make> => ({
      group: 'points',
      name,
      run: (make) => run(() => ({ ...make(), kind: 'regression' })),
    }),
  )
  return [
    {
      group: 'points',
      name: 'names each axis',
      run(make) {
        const { axes, inputs } = make()
        ensure(axes.length === inputs, `the axes ${axes.join(', ')} for ${inputs} inputs`)
      },
    },
    ...points,
    ...physicsChecks({ physicsOf: (make: Make) => make().physics, subjectOf: (make: Make) => exact(make()) }, options),
  ]
}

/**
 * Tests one equation without an input function against its contract: the points of a regression problem, an exact solution
 * that satisfies equation and conditions, and hard conditions that hold for any network.
 *
 * @param factory makes the problem
 * @example
 * describePinnProblem(() => poissonPinn({ frequency: 2 }))
 */
export function describePinnProblem(factory: Make, options: PinnProblemOptions = {}): void {
  describe(`problem ${options.name ?? factory().name}`, () => {
    registerChecks(pinnProblemChecks(options), factory)
  })
}
