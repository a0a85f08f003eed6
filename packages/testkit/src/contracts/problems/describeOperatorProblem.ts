import { type OperatorData, type OperatorProblem, type TrajectoryProblem, key, tensor } from '@spikeward/core'
import { describe } from 'vitest'
import { ensure, registerChecks, type Check } from '../../check.js'
import { convergenceCheck, type ConvergenceOptions } from './convergence.js'
import { hostPoints } from './hostResidual.js'
import { physicsChecks, type PhysicsCase, type PhysicsTolerances } from './physics.js'

/** Options of `describeOperatorProblem`. */
export interface OperatorProblemOptions extends PhysicsTolerances {
  /** Shown in the report; default the problem's own name. */
  readonly name?: string
  /**
   * Why the problem states no equation, so that neither a residual nor conditions are tested: a problem with a
   * generator and with `physics: null` must say so. The report shows it.
   */
  readonly noEquation?: string
  /** The reference solver against a solution in closed form. Default: its convergence is not tested. */
  readonly solver?: ConvergenceOptions
}

/** Makes the problem again. `key`: the key of its functions; absent: the problem's default. */
export type MakeOperatorProblem = (options?: { readonly key: number }) => OperatorProblem

const SPLITS = ['train', 'validation', 'test'] as const

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
const pointCount = ({ at }: OperatorProblem): number =>
  at.kind === 'points' ? at.x.length / at.axes : product(at.axes.map((x) => x.length))

/** The rows of a flat [count, width] array, as text that distinguishes them. */
const rowsOf = (values: Float64Array, count: number): string[] => {
  const width = values.length / count
  return Array.from({ length: count }, (_, i) => values.subarray(i * width, (i + 1) * width).join(' '))
}

const dataOf = (problem: OperatorProblem): Promise<OperatorData[]> =>
  Promise.all(SPLITS.map((split) => problem.data(split)))

const sameData = (a: OperatorData, b: OperatorData): boolean =>
  a.count === b.count && a.sensors.join() === b.sensors.join() && a.values.join() === b.values.join()

/** The equation with one function that the generator draws, and the solution that the solver gives for it. */
async function physicsCase(make: MakeOperatorProblem): Promise<PhysicsCase<ReturnType<typeof tensor>>> {
  const { physics, generator, sensors, domain, outputs } = make()
  const [f] = await generator!.sample(key(5), 1)
  return {
    physics: physics!,
    f: tensor(Float32Array.from(f!(sensors.x)), { shape: [1, sensors.count] }),
    u: (at) => generator!.solve(f!, at),
    domain,
    outputs,
  }
}

const isTrajectory = (problem: OperatorProblem): problem is TrajectoryProblem => 'trajectory' in problem

async function checkTrajectories(problem: TrajectoryProblem): Promise<void> {
  const { frames, grid, channels, axes } = problem.trajectory
  const points = axes?.map((axis) => axis.length) ?? [problem.sensors.count]
  ensure(product(grid) === product(points), `a grid of ${grid.join(' × ')} for ${points.join(' × ')} points`)
  /** The point of the grid at a sensor; on a line with coordinates of its own there may be none. */
  const pointAt = (p: number): number => (axes === undefined ? p : axes[0]!.indexOf(problem.sensors.x[p]!))
  for (const split of SPLITS) {
    const [{ count, values }, data] = await Promise.all([problem.trajectories(split), problem.data(split)])
    const cells = product(grid) * channels.length
    ensure(
      count === data.count && values.length === count * frames * cells && values.every(Number.isFinite),
      `${split}: ${values.length} finite numbers for ${count} trajectories of ${frames} frames with ${cells}`,
    )
    for (let f = 0; f < count; f++)
      for (let p = 0; p < problem.sensors.count; p++) {
        if (pointAt(p) < 0) continue
        const [actual, expected] = [
          values[f * frames * cells + pointAt(p) * channels.length]!,
          data.sensors[f * problem.sensors.count + p]!,
        ]
        ensure(
          Math.abs(actual - expected) <= 1e-5 * (1 + Math.abs(expected)),
          `${split}: trajectory ${f} begins with ${actual} at sensor ${p}; its function has ${expected}`,
        )
      }
  }
}

/** The checks of an operator problem, as data: `describeOperatorProblem` registers them. */
export function operatorProblemChecks(options: OperatorProblemOptions = {}): Check<MakeOperatorProblem>[] {
  const { noEquation } = options
  const group = 'operator problem'
  const generated = (make: MakeOperatorProblem): string | null =>
    make().generator === null ? 'its data come from a file' : null
  const check = (
    name: string,
    run: (problem: OperatorProblem, make: MakeOperatorProblem) => Promise<void> | void,
    skip?: (make: MakeOperatorProblem) => string | null,
  ): Check<MakeOperatorProblem> => ({ group, name, run: (make) => run(make(), make), ...(skip ? { skip } : {}) })

  return [
    check('describes itself: axes, sensors, sizes, and the points of its solutions', (problem) => {
      const { axes, domain, outputs, sensors, sizes, at } = problem
      ensure(domain.length === axes.length, `a domain of ${domain.length} axes for the axes ${axes.join(', ')}`)
      ensure(Number.isInteger(outputs) && outputs >= 1, `${outputs} outputs`)
      ensure(
        sensors.x.length === sensors.count * sensors.axes,
        `${sensors.count} sensors on ${sensors.axes} axes, at ${sensors.x.length} numbers`,
      )
      if (sensors.grid)
        ensure(
          product(sensors.grid) === sensors.count,
          `a grid of ${sensors.grid.join(' × ')} for ${sensors.count} sensors`,
        )
      for (const split of SPLITS)
        ensure(Number.isInteger(sizes[split]) && sizes[split] >= 0, `${sizes[split]} functions in ${split}`)
      const points = hostPoints(at)
      ensure(points.axes === axes.length, `solutions at points on ${points.axes} axes; the problem has ${axes.length}`)
      for (const [i, v] of points.x.entries()) {
        const [low, high] = domain[i % axes.length]!
        ensure(
          v >= low && v <= high,
          `a solution is given at ${axes[i % axes.length]!} = ${v}, outside [${low}, ${high}]`,
        )
      }
    }),
    check(
      'every split has finite data of the declared shape; no function is in two splits, or twice',
      async (problem) => {
        const width = pointCount(problem) * problem.outputs
        const owner = new Map<string, string>()
        for (const [i, data] of (await dataOf(problem)).entries()) {
          const split = SPLITS[i]!
          ensure(
            data.count === problem.sizes[split],
            `${split}: ${data.count} functions; ${problem.sizes[split]} are declared`,
          )
          ensure(
            data.sensors.length === data.count * problem.sensors.count && data.values.length === data.count * width,
            `${split}: ${data.sensors.length} numbers at sensors and ${data.values.length} of solutions for ${data.count} functions`,
          )
          ensure(
            data.sensors.every(Number.isFinite) && data.values.every(Number.isFinite),
            `${split} holds NaN or infinity`,
          )
          for (const row of rowsOf(data.sensors, data.count)) {
            const other = owner.get(row)
            ensure(other === undefined, `the same function is in ${other} and in ${split}`)
            owner.set(row, split)
          }
        }
      },
    ),
    check('the key alone determines the data', async (problem, make) => {
      const [first, again, remade] = await Promise.all([dataOf(problem), dataOf(problem), dataOf(make())])
      for (const [i, split] of SPLITS.entries()) {
        ensure(sameData(first[i]!, again[i]!), `${split} differs when it is requested again`)
        ensure(sameData(first[i]!, remade[i]!), `${split} differs when the problem is made again`)
      }
      const other = make({ key: 12345 })
      const others = await dataOf(other)
      for (const [i, split] of SPLITS.entries())
        if (first[i]!.count > 0) ensure(!sameData(first[i]!, others[i]!), `${split} is the same for another key`)
      if (problem.generator !== null) {
        ensure(
          problem.generator.signature === make().generator!.signature,
          'the signature differs from one time to the next',
        )
        ensure(problem.generator.signature !== other.generator!.signature, 'the signature does not distinguish keys')
      }
    }),
    check(
      'the first functions do not depend on how many are drawn',
      async ({ generator, sensors }) => {
        const [few, many] = await Promise.all([2, 4].map((n) => generator!.sample(key(3), n)))
        for (let i = 0; i < 2; i++)
          ensure(
            few![i]!(sensors.x).join() === many![i]!(sensors.x).join(),
            `function ${i} of 2 differs from function ${i} of 4`,
          )
      },
      generated,
    ),
    check(
      'the solution at a point does not depend on the other requested points',
      async ({ generator, at }) => {
        const [f] = await generator!.sample(key(5), 1)
        const { x, axes } = hostPoints(at)
        const all = generator!.solve(f!, at)
        const count = x.length / axes
        const outputs = all.length / count
        const scale = all.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
        for (const p of [0, Math.floor(count / 3), count - 1]) {
          const one = generator!.solve(f!, { kind: 'points', axes, x: x.slice(p * axes, (p + 1) * axes) })
          for (let o = 0; o < outputs; o++)
            ensure(
              Math.abs(one[o]! - all[p * outputs + o]!) <= 1e-9 * (scale + 1e-300),
              `point ${p} has the value ${one[o]!} alone, but ${all[p * outputs + o]!} among the others`,
            )
        }
      },
      generated,
    ),
    check(
      'reports progress up to all functions, and stops on an abort, with the reason of the signal',
      async (problem, make) => {
        const seen: number[] = []
        await problem.data('train', { onProgress: ({ done, total }) => seen.push(done / total) })
        ensure(seen.length > 0 && seen.at(-1) === 1, `progress ends at ${seen.at(-1) ?? 'nothing'}, not at 1`)
        ensure(
          seen.every((v, i) => i === 0 || v >= seen[i - 1]!),
          `progress goes back: ${seen.join(', ')}`,
        )
        const stop = new AbortController()
        const reason = new Error('stopped by the test')
        stop.abort(reason)
        const outcome = await make()
          .data('train', { signal: stop.signal })
          .catch((e: unknown) => e)
        ensure(outcome === reason, 'data were made although the signal was aborted, or failed with another reason')
      },
      generated,
    ),
    {
      group: 'trajectories',
      name: 'begin with the functions of their split, and have the declared shape',
      skip: (make) => (isTrajectory(make()) ? null : 'the problem has none'),
      run: async (make) => checkTrajectories(make() as TrajectoryProblem),
    },
    {
      group: 'equation',
      name: noEquation === undefined ? 'is stated' : `is not stated: ${noEquation}`,
      skip(make) {
        const { physics } = make()
        return generated(make) ?? (physics !== null && noEquation === undefined ? 'the next checks test it' : null)
      },
      run(make) {
        ensure(
          noEquation !== undefined,
          '`physics` is null; state the equation, or give the contract `noEquation`: the reason',
        )
        ensure(
          make().physics === null,
          '`noEquation` is given, but `physics` states an equation: leave `noEquation` out',
        )
      },
    },
    ...physicsChecks(
      {
        physicsOf(make: MakeOperatorProblem) {
          const { physics, generator } = make()
          return generator === null ? null : physics
        },
        caseOf: physicsCase,
      },
      options,
    ),
    convergenceCheck(options.solver),
  ]
}

/**
 * Tests an operator problem against its contract: shapes; three splits that share no function; data that depend on the
 * key alone; a reference solution that satisfies the equation and its conditions, and whose value at a point does not
 * depend on the other points; hard conditions that hold for any network; a solver that converges at its order.
 *
 * Make the problem small: all its data are generated several times.
 *
 * @param factory makes the problem, from a key if one is given
 * @example
 * describeOperatorProblem((o) => poisson1d({ train: 3, validation: 2, test: 2, ...o }), { residual: 2e-3 })
 */
export function describeOperatorProblem(factory: MakeOperatorProblem, options: OperatorProblemOptions = {}): void {
  describe(`problem ${options.name ?? factory().name}`, () => {
    registerChecks(operatorProblemChecks(options), factory)
  })
}
