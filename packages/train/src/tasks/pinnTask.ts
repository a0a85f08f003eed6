import { mean, ones, reshape, slice, square, stack, sum, jit, key, sqrt } from '@spikeward/core'
import type { Key, Network, OperatorNetwork, PinnProblem, Tensor, Tree, Variables, Physics } from '@spikeward/core'
import { collocationIn, refinerOf, withCollocation } from '../refinement/refiner.js'
import type { RefinementSource } from '../refinement/refinement.js'
import { type Evaluator, evaluator } from '../evaluation/evaluate.js'
import { pinnParts, showsPinnParts } from './pinnParts.js'
import { checkCollocation, evaluationsOf, physicsLoss, physicsTerms, termsOf } from './physicsLoss.js'
import type { PhysicsOptions, Collocation } from './physicsLoss.js'
import type { Task } from './task.js'

/** Number of points in the interior and for each condition, unless the loss uses a grid. */
const POINTS = 1024

/** The key of the points: fixed, so that runs can be compared, and different from any key of a step. */
const VALIDATION = 0x7a11_da7e

const validationPoints = (trained: Collocation): Collocation => (typeof trained === 'number' ? POINTS : trained)

/**
 * Measures how well a network satisfies an equation whose solution is not known:
 *
 *     √(mean residual² + Σ mean condition²)
 *
 * over {@link POINTS} points each, or the grid of the loss, drawn once. Weights are 1, so that the number does not
 * depend on them; conditions that hold by construction add nothing. It has the unit of the residual and is not an error
 * of the solution.
 */
function residualEvaluator<V extends Tree, Z extends Tree>(
  network: OperatorNetwork<V, Z, null>,
  physics: Physics<null>,
  { differentiate, interior, conditions = interior }: PhysicsOptions,
): Evaluator<V> {
  const options = {
    differentiate,
    interior: validationPoints(interior),
    conditions: validationPoints(conditions),
  }
  const measure = jit((variables: V) => sqrt(physicsLoss(network, variables, null, physics, options, key(VALIDATION))))
  return {
    measure: 'residual',
    async evaluate(variables) {
      const out = measure(variables)
      const relativeL2 = await out.item()
      out.dispose()
      return { prediction: new Float64Array(0), relativeL2 }
    },
    dispose: () => measure.dispose(),
  }
}

/** Options of {@link pinnTask}. */
export type PinnTaskOptions<P extends Tree, F extends Tree, Z extends Tree> = {
  readonly network: OperatorNetwork<Variables<P, F>, Z, null>
  readonly problem: PinnProblem
  readonly physics: PhysicsOptions
}

/**
 * The task of solving one equation by a network of the coordinates, from the residual only. Validation compares with
 * the exact solution. If none is known, it measures the residual and the conditions at fixed points (`measure:
 * 'residual'` in its events).
 *
 * If derivatives are computed from values of the field (`stencilDerivatives`, `steinDerivatives`) at points, the loss
 * has parts: `eligibility`, `rateBackpropagation`, `gaussNewton` and other estimators of affine layers act on the
 * residuals. With `exactDerivatives` the evaluations of these parts are derivatives, on which `gaussNewton` acts.
 *
 * @throws INVALID_OPTION
 */
export function pinnTask<P extends Tree, F extends Tree, Z extends Tree>(
  options: PinnTaskOptions<P, F, Z>,
): Task<P, F, []> {
  const { network, problem, physics } = options
  checkCollocation(physics, problem.physics, problem.name)
  const refined = (physics.refine ?? []).length === 0 ? null : refinement(options)
  return {
    name: problem.name,
    init: (key) => refined?.init(key) ?? network.init(key),
    data: () => [],
    objective: (trained, fixed, _, key, step) =>
      physicsLoss(network, { trained, fixed }, null, problem.physics, physics, key, collocationIn(fixed), step),
    ...(refined === null ? {} : { redraw: refined.redraw }),
    ...(showsPinnParts(physics)
      ? {
          parts: (fixed: F, _: [], key: Key, step?: Tensor) =>
            pinnParts({ network, fixed, physics: problem.physics, options: physics, key, ...(step && { step }) }),
        }
      : {}),
    validator: () => {
      const points = problem.points('validation')
      return points.y.length === 0
        ? residualEvaluator(network, problem.physics, physics)
        : evaluator(asRegression(network), points)
    },
  }
}

/** The initial collocation state of a run with refinement, and the function that redraws it. */
function refinement<P extends Tree, F extends Tree, Z extends Tree>({
  network,
  problem,
  physics,
}: PinnTaskOptions<P, F, Z>): {
  readonly init: (key: Key) => Variables<P, F>
  readonly redraw: NonNullable<Task<P, F, []>['redraw']>
} {
  const refiner = refinerOf(physics.refine ?? [])
  const equation = problem.physics
  const count = physics.interior as number
  const termsAt = (variables: Variables<P, F>, key: Key, step: Tensor, x?: Tensor) => {
    const plain = { balance: ones([termsOf(equation, network.satisfies)]), weights: ones([x?.shape[0] ?? 1]) }
    const state = x === undefined ? undefined : { points: x, ...plain }
    const at = evaluationsOf(network, variables, null, physics)
    return physicsTerms(network, at, equation, physics, key, state, step).map((t) => t.residual)
  }
  return {
    init(key) {
      const { trained, fixed } = network.init(key)
      const terms = termsOf(equation, network.satisfies)
      return {
        trained,
        fixed: withCollocation(fixed, refiner.first({ interior: equation.interior, count }, terms, key.fold(FIRST))),
      }
    },
    redraw: {
      every: refiner.every,
      run({ trained, fixed }, _, key, step) {
        const last = collocationIn(fixed)!
        const source: RefinementSource = {
          axes: problem.axes,
          interior: equation.interior,
          count,
          trained,
          key: key.fold(0),
          residuals(x) {
            const [own] = termsAt({ trained, fixed }, key.fold(1), step, x)
            return sum(reshape(square(own!), [x.shape[0]!, -1]), 1)
          },
          terms: (p) => stack(termsAt({ trained: p as P, fixed }, key.fold(1), step).map((r) => mean(square(r)))),
        }
        return withCollocation(fixed, refiner.next(source, last))
      },
    },
  }
}

/** The number that the key of the first points is folded with. */
const FIRST = 0x7fff_fffe

/**
 * A network of the coordinates as a function of points, x [n, axes] to [n, outputs]: for `evaluate`, or a regression.
 * That of an operator is a function of rows of coordinates and then sensor values, x [1, axes + sensors] to [1,
 * outputs], one row at a time.
 */
export const asRegression = <V extends Tree, Z extends Tree, F extends Tensor | null>(
  network: OperatorNetwork<V, Z, F>,
  ...[sensors]: F extends null ? [] : [sensors: number]
): Network<V> => ({
  name: network.name,
  init: (key) => network.init(key),
  apply(variables, row) {
    const { axes, outputs } = network
    const [f, x] =
      sensors === undefined ? [null, row] : [slice(row, [0, axes], [1, axes + sensors]), slice(row, [0, 0], [1, axes])]
    // The signature gives sensors to the network of an operator alone.
    return reshape(network.apply(variables, f as F, { kind: 'points', x }), [row.shape[0]!, outputs])
  },
})
