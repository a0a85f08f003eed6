import {
  type AffineMap,
  type Coefficients,
  type Coords,
  type Differentiate,
  type FloatDType,
  type Key,
  type LossParts,
  type OperatorNetwork,
  type Physics,
  type Tensor,
  type Tree,
  type Variables,
  SpikewardError,
  affineMap,
  broadcastTo,
  cast,
  collect,
  concatenate,
  key as keyOf,
  lossParts,
  mean,
  mul,
  perturb,
  reshape,
  slice,
  square,
  zeros,
} from '@spikeward/core'
import { collocationIn } from '../refinement/refiner.js'
import { type PhysicsOptions, type PhysicsTerm, decoderOf, evaluationsOf, physicsTerms, ruleOf } from './physicsLoss.js'

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
 * Whether residuals of an equation have parts: derivatives are functions of values of the field or exact, and every
 * step has as many points of each condition as of the interior.
 */
export function showsPinnParts(options: PhysicsOptions): boolean {
  const { interior, conditions = interior } = options
  const { fromValues, exact } = ruleOf(options, keyOf(0))
  const samePoints = typeof interior === 'number' && conditions === interior
  return (fromValues === true || exact === true) && samePoints
}

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
): LossParts<P> => (ruleOf(options.options, keyOf(0)).exact === true ? derivativeParts(options) : valueParts(options))

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
  const rule = ruleOf(options, keyOf(0))
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
    const at = evaluationsOf(network, { trained, fixed }, null, options)
    const how = { ...options, differentiate }
    return scaledResiduals(physicsTerms(network, at, physics, how, points.key, points.state, step), samples)
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
  const samples = options.interior as number
  const state = collocationIn(fixed)
  const names = Object.keys(physics.unknown ?? {})
  const tail = network.outputs === 1 ? [] : [network.outputs]
  /**
   * Residuals [N, R] of a field u(x) = a x₀: a layer whose inputs are the points, and whose results are the values
   * there.
   */
  const residuals = (field: AffineMap<Tensor>, coefficients: Coefficients): Tensor => {
    const values = (at: Coords): Tensor => {
      const x = pointsOf(at)
      const y = affineMap(field, x, (own, a) => mul(slice(own, [0, 0], [x.shape[0]!, 1]), a))
      return reshape(y, [1, x.shape[0]!, ...tail])
    }
    return scaledResiduals(
      physicsTerms(network, { f: null, values, coefficients }, physics, options, key, state, step),
      samples,
    )
  }
  const like = (dtype: FloatDType) => ({ weight: zeros([network.outputs], dtype) })
  const none = Object.fromEntries(names.map((name) => [name, zeros([])]))
  const points = Object.entries(collect(residuals)(like('f32'), none)[1])
  for (const [, { shape }] of points) if (shape[0]! % samples !== 0) throw otherPoints(shape[0]!, samples)
  /** Residuals of the values [S·N, outputs]. */
  const measure = (output: Tensor): Tensor => {
    let from = 0
    const values = points.map(([id, { shape }]) => {
      const rows = shape[0]!
      from += rows
      return [id, slice(output, [from - rows, 0], [from, network.outputs])] as const
    })
    const coefficients = names.map((name, k) => [name, coefficientIn(output, network.outputs + k)] as const)
    const atValues = perturb(residuals, { value: 'replaced' })
    return atValues(Object.fromEntries(values), like(output.dtype as FloatDType), Object.fromEntries(coefficients))
  }
  const input = concatenate(
    points.map(([, x]) => x),
    0,
  )
  return lossParts({
    samples,
    evaluations: input.shape[0]! / samples,
    input,
    /** The network before a transform of its output, if it has one. */
    forward(trained: P, x) {
      const variables = { trained, fixed }
      const y = decoderOf(network, options).decode(variables, network.encode(variables, null), { kind: 'points', x })
      return withColumns(reshape(y, [x.shape[0]!, network.outputs]), network.coefficients?.(variables) ?? {}, names)
    },
    ...leastSquares(measure),
  })
}

/**
 * An output [rows, outputs] with one more column for each unknown coefficient: the residuals are functions of the
 * output alone, and depend on the coefficients through these columns.
 */
function withColumns(output: Tensor, coefficients: Coefficients, names: readonly string[]): Tensor {
  if (names.length === 0) return output
  const columns = names.map((name) => broadcastTo(cast(coefficients[name]!, output.dtype), [output.shape[0]!, 1]))
  return concatenate([output, ...columns], 1)
}

/** The coefficient in a column of {@link withColumns}. */
const coefficientIn = (output: Tensor, column: number): Tensor =>
  reshape(slice(output, [0, column], [1, column + 1]), [])
