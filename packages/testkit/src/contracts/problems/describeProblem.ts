import type { PointSet, RegressionProblem } from '@spikeward/core'
import { describe } from 'vitest'
import { ensure, registerChecks, type Check } from '../../check.js'

/** Options of `describeProblem`. */
export interface ProblemOptions {
  /** Shown in the report; default the problem's own name. */
  readonly name?: string
}

const SPLITS = ['train', 'validation', 'test'] as const

type Make = () => RegressionProblem

/** Point i of a set, as text that distinguishes points. */
const pointOf = (set: PointSet, i: number, inputs: number): string =>
  Array.from(set.x.subarray(i * inputs, (i + 1) * inputs)).join(' ')

/** The checks of a regression problem, as data: `describeProblem` registers them. */
export function problemChecks(): Check<Make>[] {
  const group = 'problem'
  const onSplits = (body: (set: PointSet, problem: RegressionProblem, split: string) => void) => (make: Make) => {
    const problem = make()
    for (const split of SPLITS) body(problem.points(split), problem, split)
  }
  return [
    {
      group,
      name: 'every split holds points, of the declared size',
      run: onSplits((set, { inputs, outputs }, split) => {
        ensure(set.count > 0, `${split} is empty`)
        ensure(
          set.x.length === set.count * inputs && set.y.length === set.count * outputs,
          `${split}: ${set.count} points, but x has ${set.x.length} numbers and y ${set.y.length}`,
        )
        if (set.grid)
          ensure(
            set.grid.reduce((a, b) => a * b, 1) === set.count,
            `${split}: a grid of ${set.grid.join(' × ')} for ${set.count} points`,
          )
      }),
    },
    {
      group,
      name: 'points are in the domain, none twice',
      run: onSplits((set, { inputs, domain }, split) => {
        ensure(domain.length === inputs, `a domain of ${domain.length} axes for ${inputs} inputs`)
        const seen = new Set<string>()
        for (let i = 0; i < set.count; i++) {
          for (const [a, [low, high]] of domain.entries()) {
            const x = set.x[i * inputs + a]!
            ensure(x >= low && x <= high, `${split}: point ${i} has ${x} on axis ${a}, outside [${low}, ${high}]`)
          }
          const point = pointOf(set, i, inputs)
          ensure(!seen.has(point), `${split}: the point ${point} occurs twice`)
          seen.add(point)
        }
      }),
    },
    {
      group,
      name: 'training, validation and test points are disjoint',
      run(make) {
        const problem = make()
        const owner = new Map<string, string>()
        for (const split of SPLITS) {
          const set = problem.points(split)
          for (let i = 0; i < set.count; i++) {
            const point = pointOf(set, i, problem.inputs)
            const other = owner.get(point)
            ensure(other === undefined || other === split, `the point ${point} occurs in ${other} and in ${split}`)
            owner.set(point, split)
          }
        }
      },
    },
    {
      group,
      name: 'y is finite at every point, and the exact target if there is one',
      run: onSplits((set, problem, split) => {
        for (let i = 0; i < set.count; i++) {
          const x = Array.from(set.x.subarray(i * problem.inputs, (i + 1) * problem.inputs))
          const stored = Array.from(set.y.subarray(i * problem.outputs, (i + 1) * problem.outputs))
          const y = problem.target?.(x) ?? stored
          ensure(y.length === problem.outputs, `target gives ${y.length} numbers for ${problem.outputs} outputs`)
          for (const [j, v] of y.entries()) {
            const expected = stored[j]!
            ensure(
              Number.isFinite(expected) && Math.abs(expected - v) <= 1e-12 * (1 + Math.abs(v)),
              `${split}: y at ${pointOf(set, i, problem.inputs)} is ${expected}; the target there is ${v}`,
            )
          }
        }
      }),
    },
    {
      group,
      name: 'has the same data when it is made again, and when they are requested again',
      remakes: true,
      run(make) {
        const [one, two] = [make(), make()]
        for (const split of SPLITS) {
          const sets = [one.points(split), one.points(split), two.points(split)]
          ensure(
            new Set(sets.map((s) => `${s.x.join(' ')}|${s.y.join(' ')}`)).size === 1,
            `${split} differs from one time to the next`,
          )
        }
      },
    },
  ]
}

/**
 * Tests a regression problem against its contract: three disjoint splits within the domain, without repeated points;
 * exact targets; the same data each time.
 *
 * @param factory makes the problem
 * @example
 * describeProblem(() => mexicanHat())
 */
export function describeProblem(factory: Make, options: ProblemOptions = {}): void {
  describe(`problem ${options.name ?? factory().name}`, () => {
    registerChecks(problemChecks(), factory)
  })
}
