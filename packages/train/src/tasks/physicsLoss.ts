import {
  type Coords,
  type Differentiate,
  type Key,
  type OperatorNetwork,
  type Physics,
  type Region,
  type Tensor,
  type Tree,
  type Coefficients,
  add,
  cast,
  concatenate,
  full,
  key as keyOf,
  mean,
  mul,
  pow,
  relu,
  reshape,
  slice,
  SpikewardError,
  sqrt,
  square,
  sub,
} from '@spikeward/core'
import type { CollocationState, Refinement } from '../refinement/refinement.js'

/**
 * The values at one step of coefficients that follow a continuation: to · (from/to)^max(0, 1 − step/steps). Without a
 * step it is empty, and equations use the last values.
 */
export function continued(all: Physics['continuation'], step: Tensor | undefined): Coefficients {
  if (all === undefined || step === undefined) return {}
  const now = cast(step, 'f32')
  return Object.fromEntries(
    Object.entries(all).map(([name, { from, to, steps }]) => {
      const rest = relu(sub(1, mul(now, 1 / steps)))
      return [name, mul(pow(full([], from / to), rest), to)]
    }),
  )
}

/**
 * Where a step evaluates residuals: a number of random points, or the lengths of a random grid (for separable
 * networks).
 */
export type Collocation = number | readonly number[]

/** How the residual of an equation becomes a loss. */
export type PhysicsOptions = {
  /**
   * How to differentiate in the coordinates: `exactDerivatives()` or another rule of `@spikeward/operators`. A record
   * with `from` makes the rule again in every step, from a key of the step: `steinDerivatives` needs this for fresh
   * noise.
   */
  readonly differentiate: Differentiate | { readonly from: (key: Key) => Differentiate }
  readonly interior: Collocation
  /** Default: as for the interior. On a grid, an axis fixed by a condition always has length 1. */
  readonly conditions?: Collocation
  /** Factor of the whole loss. Default 1. */
  readonly weight?: number
  /** Factors of single conditions by name. Default 1. */
  readonly weights?: Readonly<Record<string, number>>
  /**
   * Adapts points and weights to the residual while the run proceeds: `rad()`, `rar()`, `causal()`, `balanced()`. The
   * interior points stay the same between two draws. Only `pinnTask` takes it, and `interior` must then be a number of
   * points. Default: new uniform points in each step, fixed weights.
   */
  readonly refine?: readonly Refinement[]
}

/** The number that the key of the derivatives' noise is folded with: larger than that of any condition. */
const NOISE = 0x7fff_ffff

function draw(region: Region, where: Collocation, key: Key): Coords {
  if (typeof where === 'number') return region.points(key, where)
  if (region.grid !== undefined) return region.grid(where, key)
  throw new SpikewardError(
    'INVALID_OPTION',
    `collocation on a grid of [${where.join(', ')}], in a domain that is not a box; give a number of points, and use a network that is not separable`,
  )
}

/** Throws INVALID_OPTION if there is no equation, or if the collocation is impossible or names unknown conditions. */
export function checkCollocation<F>(o: PhysicsOptions, physics: Physics<F> | null, problem: string): void {
  if (physics === null) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `'${problem}' has no equation (its data came from a file); leave out physics and learn from data alone`,
    )
  }
  for (const where of [o.interior, o.conditions ?? o.interior]) {
    const numbers = typeof where === 'number' ? [where] : where
    const fits = numbers.every((n) => Number.isInteger(n) && n >= 1)
    if (!fits || (typeof where !== 'number' && numbers.length !== physics.order.length)) {
      throw new SpikewardError(
        'INVALID_OPTION',
        `collocation [${numbers.join(', ')}]; give a number of points, or a length for each of the ${physics.order.length} axes`,
      )
    }
  }
  if ((o.refine ?? []).length > 0 && typeof o.interior !== 'number') {
    throw new SpikewardError(
      'INVALID_OPTION',
      `refinement of a grid of [${o.interior.join(', ')}]; refinement chooses single points; give a number of points, and use a network that is not separable`,
    )
  }
  const names = physics.conditions.map((c) => c.name)
  const stranger = Object.keys(o.weights ?? {}).find((n) => !names.includes(n))
  if (stranger !== undefined) {
    throw new SpikewardError('INVALID_OPTION', `no condition '${stranger}'; the conditions are ${names.join(', ')}`)
  }
}

/** A residual at some points, in the shape of the field, and the weight of its mean square in the loss. */
export type PhysicsTerm = { readonly residual: Tensor; readonly weight: number }

/** The rule that differentiates the network: the rule of the options, or one that `from` makes from the key. */
export const ruleOf = ({ differentiate }: PhysicsOptions, key: Key): Differentiate =>
  typeof differentiate === 'function' ? differentiate : differentiate.from(key)

/**
 * The values of a network that residuals read: before the transform of its output if derivatives are differences of
 * values.
 */
export const decoderOf = <V extends Tree, Z extends Tree, F>(
  network: OperatorNetwork<V, Z, F>,
  options: PhysicsOptions,
): Pick<OperatorNetwork<V, Z, F>, 'decode'> =>
  (ruleOf(options, keyOf(0)).fromValues === true ? network.raw : undefined) ?? network

/**
 * The evaluations of a network that residuals read: the input functions, its values at coordinates, and unknown
 * coefficients.
 */
export type Evaluations<F> = {
  readonly f: F
  values(at: Coords): Tensor
  readonly coefficients: Coefficients
}

/** The {@link Evaluations} of a network. */
export const evaluationsOf = <V extends Tree, Z extends Tree, F>(
  network: OperatorNetwork<V, Z, F>,
  variables: V,
  f: F,
  options: PhysicsOptions,
  z: Z = network.encode(variables, f),
): Evaluations<F> => {
  const decoder = decoderOf(network, options)
  return {
    f,
    values: (at) => decoder.decode(variables, z, at),
    coefficients: network.coefficients?.(variables) ?? {},
  }
}

/**
 * The terms of the loss of an equation: the residual at interior points, and that of each condition which the network
 * does not satisfy by construction. Unknown coefficients come from the network (`withCoefficients`). Coordinates are
 * drawn from the key and are the same for all functions of the step.
 *
 * @param state the collocation state of a run with refinement; without it new points are drawn
 * @param step number of the step, for coefficients that follow a continuation; if absent, they have their last values
 */
export function physicsTerms<V extends Tree, Z extends Tree, F>(
  network: Pick<OperatorNetwork<V, Z, F>, 'raw' | 'coordinates' | 'satisfies'>,
  { f, values, coefficients: unknown }: Evaluations<F>,
  physics: Physics<F>,
  options: PhysicsOptions,
  key: Key,
  state?: CollocationState,
  step?: Tensor,
): [PhysicsTerm, ...PhysicsTerm[]] {
  const { interior, conditions = interior, weight = 1, weights = {} } = options
  const derivatives = ruleOf(options, key.fold(NOISE))
  const field = derivatives(values, network.coordinates)
  // Differences of the raw output do not have to resolve the output transform.
  const u = (derivatives.fromValues === true ? network.raw?.through(field, f) : undefined) ?? field
  const coefficients = { ...unknown, ...continued(physics.continuation, step) }
  const inside: Coords =
    state === undefined ? draw(physics.interior, interior, key.fold(0)) : { kind: 'points', x: state.points }
  /** Scales a residual so that its square has the weight of its term. */
  const balanced = (residual: Tensor, i: number): Tensor =>
    state === undefined ? residual : mul(residual, reshape(sqrt(slice(state.balance, [i], [i + 1])), []))
  const terms = physics.conditions
    .filter((c) => !network.satisfies.includes(c.name))
    .map((c, i) => {
      const at = draw(c.region, conditions, key.fold(i + 1))
      const residual = balanced(c.residual(u, f, at, coefficients), i + 1)
      return { residual, weight: weight * (weights[c.name] ?? 1) }
    })
  const own = physics.residual(u, f, inside, coefficients)
  const weighed = state === undefined ? own : mul(own, weightsLike(own, state.weights))
  return [{ residual: balanced(weighed, 0), weight }, ...terms]
}

/** Roots of the weights of points, [P], in a shape that broadcasts against a residual [N, P] or [N, P, components]. */
const weightsLike = (residual: Tensor, weights: Tensor): Tensor =>
  reshape(sqrt(weights), [1, weights.shape[0]!, ...residual.shape.slice(2).map(() => 1)])

/**
 * The number of terms of a loss: of the equation, and of each condition that the network does not satisfy by
 * construction.
 */
export const termsOf = (physics: Physics<null>, satisfies: readonly string[]): number =>
  1 + physics.conditions.filter((c) => !satisfies.includes(c.name)).length

/** The loss of an equation: Σ weight · mean residual² over {@link physicsTerms}. */
export function physicsLoss<V extends Tree, Z extends Tree, F>(
  network: OperatorNetwork<V, Z, F>,
  variables: V,
  f: F,
  physics: Physics<F>,
  options: PhysicsOptions,
  key: Key,
  state?: CollocationState,
  step?: Tensor,
): Tensor {
  return physicsTerms(network, evaluationsOf(network, variables, f, options), physics, options, key, state, step)
    .map(({ residual, weight }) => mul(mean(square(residual)), weight))
    .reduce((a, b) => add(a, b))
}

/**
 * The residuals of an equation and its conditions as one vector, scaled so that the sum of their squares is the loss of
 * `pinnTask`. The points are uniform and drawn from the key, without refinement; coefficients have the last values of a
 * continuation.
 *
 * @returns a pure, traceable function of the variables
 */
export function equationResiduals<V extends Tree, Z extends Tree>(
  network: OperatorNetwork<V, Z, null>,
  physics: Physics<null>,
  options: PhysicsOptions,
  key: Key,
): (variables: V) => Tensor {
  return (variables) => {
    const at = evaluationsOf(network, variables, null, options)
    const rows = physicsTerms(network, at, physics, options, key).map(({ residual, weight }) =>
      mul(reshape(residual, [-1]), Math.sqrt(weight / residual.size)),
    )
    return rows.length === 1 ? rows[0]! : concatenate(rows, 0)
  }
}
