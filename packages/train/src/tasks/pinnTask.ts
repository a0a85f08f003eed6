import { reshape } from '@spikeward/core'
import type { Coords, Key, Network, OperatorNetwork, PinnProblem, Tensor, Tree, Variables } from '@spikeward/core'
import { evaluator } from '../evaluation/evaluate.js'
import { pinnParts, showsPinnParts } from './pinnParts.js'
import { checkCollocation, physicsLoss } from './physicsLoss.js'
import { residualEvaluator } from './residualEvaluator.js'
import type { PhysicsOptions } from './physicsLoss.js'
import type { Task } from './task.js'

/** Options of {@link pinnTask}. */
export type PinnTaskOptions<P extends Tree, F extends Tree, Z extends Tree> = {
  readonly network: OperatorNetwork<Variables<P, F>, Z, null>
  readonly problem: PinnProblem
  readonly physics: PhysicsOptions
}

/**
 * The task of solving one equation by a network of the coordinates, from the residual only. Validation compares with
 * the exact solution. Where none is known, it measures the residual and the conditions at fixed points
 * (`measure: 'residual'` in its events).
 *
 * If derivatives are computed from values of the field (`stencilDerivatives`, `steinDerivatives`) at points, the loss
 * has parts: `eligibility`, `rateBackpropagation`, `gaussNewton` and their siblings act on the residuals. Exact
 * derivatives in the coordinates depend on a layer's weights in ways that a perturbation of its pre-activations does
 * not capture, so they have no parts.
 *
 * @throws INVALID_OPTION
 */
export function pinnTask<P extends Tree, F extends Tree, Z extends Tree>(
  options: PinnTaskOptions<P, F, Z>,
): Task<P, F, []> {
  const { network, problem, physics } = options
  checkCollocation(physics, problem.physics, problem.name)
  return {
    name: problem.name,
    init: (key) => network.init(key),
    data: () => [],
    objective: (trained, fixed, _, key) =>
      physicsLoss(network, { trained, fixed }, null, problem.physics, physics, key),
    ...(showsPinnParts(network, physics)
      ? {
          parts: (fixed: F, _: [], key: Key) =>
            pinnParts({ network, fixed, physics: problem.physics, options: physics, key }),
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

/**
 * A network of the coordinates as a function of points, x [n, axes] to [n, outputs]: for `evaluate`, or a regression. It shows its affine
 * layers where the network has one decoder that does.
 */
export function asRegression<V extends Tree, Z extends Tree>(network: OperatorNetwork<V, Z, null>): Network<V> {
  const { decoders = [] } = network
  const [side] = decoders.length === 1 ? decoders : []
  const points = (x: Tensor): Coords => ({ kind: 'points', x })
  return {
    name: network.name,
    init: (key) => network.init(key),
    apply: (variables, x) => reshape(network.apply(variables, null, points(x)), [x.shape[0]!, network.outputs]),
    ...(side === undefined
      ? {}
      : {
          affineLayers: side.affineLayers,
          perturb(variables: V, x: Tensor, perturbations: readonly (Tensor | null)[]) {
            const at = points(x)
            const { output, presynaptic } = side.perturb(variables, network.encode(variables, null), at, perturbations)
            return { output: side.arrange(output, at), presynaptic }
          },
        }),
  }
}
