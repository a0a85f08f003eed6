import {
  SpikewardError,
  broadcastTo,
  cast,
  concatenate,
  key as keyOf,
  mean,
  mul,
  reshape,
  slice,
  square,
  zeros,
} from '@spikeward/core'
import type {
  Coefficients,
  Coords,
  Differentiate,
  Field,
  FloatDType,
  Key,
  LossParts,
  OperatorNetwork,
  Physics,
  Tensor,
  Tree,
  Variables,
} from '@spikeward/core'
import { collocationIn } from '../refinement/refiner.js'
import { physicsTerms } from './physicsLoss.js'
import type { PhysicsOptions, PhysicsTerm } from './physicsLoss.js'
import { asking, derivativeEvaluations, noOrders, pointsOf, rowsAt, valueEvaluations } from './pinnEvaluations.js'
import type { Ask, Asked } from './pinnEvaluations.js'

/** Options of {@link pinnParts}. */
export type PinnPartsOptions<P extends Tree, F extends Tree, Z extends Tree> = {
  readonly network: OperatorNetwork<Variables<P, F>, Z, null>
  readonly fixed: F
  readonly physics: Physics<null>
  readonly options: PhysicsOptions
  readonly key: Key
  /** Number of the step; see {@link physicsTerms}. */
  readonly step?: Tensor
}

/**
 * Whether residuals of an equation have parts: derivatives are functions of values of the field or exact, and every step has as many points
 * of each condition as of the interior.
 */
export function showsPinnParts({ differentiate, interior, conditions = interior }: PhysicsOptions): boolean {
  const { fromValues, exact } = wayOf(differentiate, keyOf(0))
  const samePoints = typeof interior === 'number' && conditions === interior
  return (fromValues === true || exact === true) && samePoints
}

/** The rule of derivatives, with its noise from a key if it has any. */
const wayOf = (differentiate: PhysicsOptions['differentiate'], key: Key): Differentiate =>
  typeof differentiate === 'function' ? differentiate : differentiate.from(key)

/**
 * The loss of an equation as a mean over N samples. Sample n consists of point n of the interior and point n of each
 * condition:
 *
 *     L = (1/N) Σₙ ℓₙ,   ℓₙ = Σ_c w_c (mean over outputs of r²_cn)
 *
 * A residual evaluates the field at several points, since its derivatives are differences of values. All S points of a
 * sample are rows of one pass of the network; the residuals are functions of the values there. A perturbation of a
 * pre-activation therefore changes everything that its layer's weight changes, and estimators of affine layers act on
 * the residuals.
 *
 * Exact derivatives are evaluations too, in place of the values that a stencil takes: see `LossParts.derivatives` and
 * {@link derivativeEvaluations}.
 *
 * @throws LOSS_WITHOUT_PARTS if a residual evaluates the field at a number of points that is not a multiple of the
 * samples
 */
export function pinnParts<P extends Tree, F extends Tree, Z extends Tree>({
  network,
  fixed,
  physics,
  options,
  key,
  step,
}: PinnPartsOptions<P, F, Z>): LossParts<P> {
  const { raw } = network
  const samples = options.interior as number
  const state = collocationIn(fixed)
  const variables = (trained: P): Variables<P, F> => ({ trained, fixed })
  const exact = wayOf(options.differentiate, keyOf(0)).exact === true
  /** The terms of the loss; `ask` answers the requests of residuals to the network, in order. */
  const termsFrom = (ask: Ask, coefficients: Coefficients): [PhysicsTerm, ...PhysicsTerm[]] => {
    const value = (at: Coords): Tensor => ask(at, noOrders(network.axes))
    const asked = exact ? { ...options, differentiate: asking(network.axes, ask) } : options
    const held: OperatorNetwork<[], [], null> = {
      name: network.name,
      axes: network.axes,
      outputs: network.outputs,
      coordinates: network.coordinates,
      satisfies: network.satisfies,
      init: () => [],
      encode: () => [],
      coefficients: () => coefficients,
      decode: (_, __, at) => value(at),
      apply: (_, __, at) => value(at),
      ...(raw === undefined
        ? {}
        : { raw: { decode: (_: [], __: [], at: Coords) => value(at), through: (v: Field) => raw.through(v, null) } }),
    }
    return physicsTerms(held, [], { f: null, z: [] }, physics, asked, key, state, step)
  }
  const tail = network.outputs === 1 ? [] : [network.outputs]
  const shapeAt = (at: Coords): number[] => [1, rowsAt(at), ...tail]

  const names = Object.keys(physics.unknown ?? {})
  const places: Asked[] = []
  const terms = termsFrom(
    (at, orders) => {
      if (rowsAt(at) % samples !== 0) {
        throw new SpikewardError(
          'LOSS_WITHOUT_PARTS',
          `a residual evaluates the field at ${rowsAt(at)} points for ${samples} samples; the number must be a multiple of the samples, so that each sample has equally many; ` +
            'use an estimator that perturbs parameters, such as rfg',
        )
      }
      places.push({ at, orders })
      return zeros(shapeAt(at), dtypeOf(at))
    },
    Object.fromEntries(names.map((name) => [name, zeros([])])),
  )
  const residualsOf = (term: PhysicsTerm): number => term.residual.size / samples
  const count = terms.reduce((sum, term) => sum + residualsOf(term), 0)
  /** The network before a transform of its output, if it has one. */
  const field = (trained: P, x: Tensor): Tensor => {
    const v = variables(trained)
    const y = (raw ?? network).decode(v, network.encode(v, null), { kind: 'points', x })
    return reshape(y, [x.shape[0]!, network.outputs])
  }
  const evaluated = exact
    ? derivativeEvaluations(field, wayOf(options.differentiate, keyOf(0)), network.coordinates, places, samples)
    : valueEvaluations(field, places, samples)

  /** Residuals [N, R] of the values [S·N, outputs], each scaled so that the mean square over all is the loss. */
  const measure = (output: Tensor): Tensor => {
    let next = 0
    const found = termsFrom(
      (at) => {
        const from = evaluated.starts[next++]!
        return reshape(slice(output, [from, 0], [from + rowsAt(at), network.outputs]), shapeAt(at))
      },
      Object.fromEntries(names.map((name, k) => [name, coefficientIn(output, network.outputs + k)])),
    )
    const scaled = found.map((term) => {
      const own = residualsOf(term)
      return mul(reshape(term.residual, [samples, own]), Math.sqrt((term.weight * count) / own))
    })
    return scaled.length === 1 ? scaled[0]! : concatenate(scaled, 1)
  }
  return {
    samples,
    evaluations: evaluated.rows / samples,
    ...(evaluated.derivatives === undefined ? {} : { derivatives: evaluated.derivatives }),
    layers: evaluated.layers,
    gradient: evaluated.gradient,
    forward(trained, perturbations, how) {
      const { output, presynaptic } = evaluated.forward(trained, perturbations, how)
      return { output: withColumns(output, network.coefficients?.(variables(trained)) ?? {}, names), presynaptic }
    },
    head: (output) => mean(square(measure(output)), 1),
    residuals: (output) => reshape(measure(output), [-1]),
  }
}

/**
 * An output [rows, outputs] with one more column for each unknown coefficient: the residuals are functions of the output alone,
 * and depend on the coefficients through these columns.
 */
function withColumns(output: Tensor, coefficients: Coefficients, names: readonly string[]): Tensor {
  if (names.length === 0) return output
  const columns = names.map((name) => broadcastTo(cast(coefficients[name]!, output.dtype), [output.shape[0]!, 1]))
  return concatenate([output, ...columns], 1)
}

/** The coefficient in a column of {@link withColumns}. */
const coefficientIn = (output: Tensor, column: number): Tensor =>
  reshape(slice(output, [0, column], [1, column + 1]), [])

const dtypeOf = (at: Coords): FloatDType => pointsOf(at).dtype as FloatDType
