import {
  SpikewardError,
  broadcastTo,
  cast,
  concatenate,
  key as keyOf,
  lossParts,
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
 * Where derivatives are differences of values, a residual evaluates the field at several points. All S points of a
 * sample are rows of one pass of the network; the residuals are functions of the values there. A perturbation of a
 * pre-activation therefore changes everything that its layer's weight changes, and estimators of affine layers act on
 * the residuals. If derivatives are exact, layers are found in the program of the residuals as in any other:
 * each layer is used for the values and again for each derivative.
 *
 * @throws LOSS_WITHOUT_PARTS if a residual evaluates the field at a number of points that is not a multiple of the
 * samples, or, with exact derivatives, not that of the samples
 */
export const pinnParts = <P extends Tree, F extends Tree, Z extends Tree>(
  options: PinnPartsOptions<P, F, Z>,
): LossParts<P> =>
  wayOf(options.options.differentiate, keyOf(0)).exact === true ? derivativeParts(options) : valueParts(options)

/** Residuals [N, R] of terms, each scaled so that the mean square over all is the loss. */
function scaledResiduals(terms: readonly PhysicsTerm[], samples: number): Tensor {
  const sizes = terms.map(({ residual }) => residual.size / samples)
  const count = sizes.reduce((a, b) => a + b, 0)
  const scaled = terms.map(({ residual, weight }, i) =>
    mul(reshape(residual, [samples, sizes[i]!]), Math.sqrt((weight * count) / sizes[i]!)),
  )
  return scaled.length === 1 ? scaled[0]! : concatenate(scaled, 1)
}

/** The parts of residuals of N samples, as a function of the output. */
const leastSquares = (measure: (output: Tensor) => Tensor) => ({
  head: (output: Tensor) => mean(square(measure(output)), 1),
  residuals: (output: Tensor) => reshape(measure(output), [-1]),
})

function derivativeParts<P extends Tree, F extends Tree, Z extends Tree>({
  network,
  fixed,
  physics,
  options,
  key,
  step,
}: PinnPartsOptions<P, F, Z>): LossParts<P> {
  const samples = options.interior as number
  const rule = wayOf(options.differentiate, keyOf(0))
  // A sum of derivatives in one pass has no layers that a transform finds.
  const differentiate: Differentiate = (u, dependence) => {
    const checked = (c: Coords): Tensor => {
      const count = pointsOf(c).shape[0]!
      if (count !== samples) throw otherPoints(count, samples)
      return u(c)
    }
    const { at, d, mixed } = rule(checked, dependence)
    return { at, d, mixed }
  }
  const state = collocationIn(fixed)
  type Points = { readonly key: Key; readonly state?: NonNullable<typeof state> }
  const input: Points = state === undefined ? { key } : { key, state }
  const forward = (trained: P, points: Points): Tensor => {
    const variables = { trained, fixed }
    const at = { f: null, z: network.encode(variables, null) }
    const how = { ...options, differentiate }
    return scaledResiduals(physicsTerms(network, variables, at, physics, how, points.key, points.state, step), samples)
  }
  return lossParts({ samples, input, forward, derivatives: true, ...leastSquares((output) => output) })
}

const otherPoints = (count: number, samples: number): SpikewardError =>
  new SpikewardError(
    'LOSS_WITHOUT_PARTS',
    `a residual evaluates the field at ${count} points for ${samples} samples, so that samples do not have equally many; ` +
      'give conditions as many points as the interior, or use an estimator that perturbs parameters, such as rfg',
  )

/** The points [P, axes] of pointwise coordinates; residuals at points have no others. */
const pointsOf = (at: Coords): Tensor => (at.kind === 'points' ? at.x : at.axes[0]!)

function valueParts<P extends Tree, F extends Tree, Z extends Tree>({
  network,
  fixed,
  physics,
  options,
  key,
  step,
}: PinnPartsOptions<P, F, Z>): LossParts<P> {
  const { raw, ...plain } = network
  const samples = options.interior as number
  const state = collocationIn(fixed)
  const variables = (trained: P): Variables<P, F> => ({ trained, fixed })
  /** The terms of the loss; `value` answers the requests of residuals to the network, in order. */
  const termsFrom = (value: (at: Coords) => Tensor, coefficients: Coefficients): [PhysicsTerm, ...PhysicsTerm[]] => {
    const decode = (_: [], __: [] | null, at: Coords): Tensor => value(at)
    const held: OperatorNetwork<[], [], null> = {
      ...plain,
      init: () => [],
      encode: () => [],
      coefficients: () => coefficients,
      decode,
      apply: decode,
      ...(raw === undefined ? {} : { raw: { through: (v) => raw.through(v, null), decode } }),
    }
    return physicsTerms(held, [], { f: null, z: [] }, physics, options, key, state, step)
  }
  const tail = network.outputs === 1 ? [] : [network.outputs]

  const names = Object.keys(physics.unknown ?? {})
  const asked: Tensor[] = []
  termsFrom(
    (at) => {
      const x = pointsOf(at)
      if (x.shape[0]! % samples !== 0) throw otherPoints(x.shape[0]!, samples)
      asked.push(x)
      return zeros([1, x.shape[0]!, ...tail], x.dtype)
    },
    Object.fromEntries(names.map((name) => [name, zeros([])])),
  )
  /** Residuals [N, R] of the values [S·N, outputs]. */
  const measure = (output: Tensor): Tensor => {
    let from = 0
    const terms = termsFrom(
      (at) => {
        const rows = pointsOf(at).shape[0]!
        const own = slice(output, [from, 0], [from + rows, network.outputs])
        from += rows
        return reshape(own, [1, rows, ...tail])
      },
      Object.fromEntries(names.map((name, k) => [name, coefficientIn(output, network.outputs + k)])),
    )
    return scaledResiduals(terms, samples)
  }
  const input = concatenate(asked, 0)
  return lossParts({
    samples,
    evaluations: input.shape[0]! / samples,
    input,
    /** The network before a transform of its output, if it has one. */
    forward(trained: P, x) {
      const v = variables(trained)
      const y = (raw ?? network).decode(v, network.encode(v, null), { kind: 'points', x })
      return withColumns(reshape(y, [x.shape[0]!, network.outputs]), network.coefficients?.(v) ?? {}, names)
    },
    ...leastSquares(measure),
  })
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
